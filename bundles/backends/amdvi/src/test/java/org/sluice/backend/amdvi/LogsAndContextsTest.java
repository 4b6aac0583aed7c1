// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DISK;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.NIC;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.Permissions;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.testkit.Captures;

/** Registers, buffers and logs decoded; requesters found. */
public class LogsAndContextsTest {
    private static final long COMMANDS = 0x9_0000;
    private static final long EVENTS = 0xa_0000;

    private final Rig rig = new Rig();

    private Rig event(int index, long word0, long word1) {
        rig.register(0x10, EVENTS | 8L << 56).register(0x2010, 0).register(0x2018, (index + 1L) * 16);
        return rig.put(EVENTS + index * 16L, word0).put(EVENTS + index * 16L + 8, word1);
    }

    /** Dwords d0 d1 as one word. */
    private static long word(long d0, long d1) {
        return d1 << 32 | d0;
    }

    @Test
    public void eventsOfTheWorkedExamples() {
        event(0, word(0x310, 0x2020_002a), 0xdead_b000L);
        FaultRecord fault = rig.inspector().faults().get(0);
        assertEquals(DeviceId.parse("03:02.0"), fault.device());
        assertEquals("IO_PAGE_FAULT PR=0 RW=1", fault.fault().name());
        assertEquals("w", fault.access());
        assertEquals(0xdead_b000L, fault.iova());
        assertTrue(fault.text(), fault.text().contains("domain 42"));
        event(0, word(0x310, 0x2070_002a), 0xdead_b000L);
        assertEquals("IO_PAGE_FAULT PR=1 PE=1 RW=1", rig.inspector().faults().get(0).fault().name());
    }

    @Test
    public void everyCodeHasItsName() {
        int[] codes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0xd, 0xe};
        for (int i = 0; i < codes.length; i++) {
            event(i, word(0x18, (long) codes[i] << 28), 0x1000);
        }
        List<FaultRecord> faults = rig.inspector().faults();
        for (int i = 0; i < codes.length; i++) {
            assertEquals(codes[i], faults.get(i).fault().code());
        }
        assertEquals("ILLEGAL_COMMAND_ERROR", faults.get(4).fault().name());
        assertNull(faults.get(4).device());
        assertEquals("RMP_HARDWARE_ERROR", faults.get(10).fault().name());
        event(0, word(0, 0xf000_0000L), 1);
        assertEquals("event-0xf", rig.inspector().faults().get(0).fault().name());
    }

    @Test
    public void guestAndInterruptFaults() {
        event(0, word(0x1_0018, 0x2011_0005), 0x7000);
        assertEquals(0x1_0005, rig.inspector().faults().get(0).pasid());
        assertEquals("IO_PAGE_FAULT GN=1 PR=1 RZ=0 RW=0", rig.inspector().faults().get(0).fault().name());
        event(0, word(0x18, 0x2008_0005), 0xfee0_0000L);
        assertEquals("IO_PAGE_FAULT I=1 PR=0 RW=0", rig.inspector().faults().get(0).fault().name());
    }

    /** The emulated unit writes address and domain 0 and puts flags into the places of others; they are told as they stand. */
    @Test
    public void theCapturedLogIsReadAsItStands() {
        try (OpenCapture capture = new OpenCapture("amdvi-linux72")) {
            List<FaultRecord> faults = capture.inspector.faults();
            assertEquals(0x570 / 16, faults.size());
            assertTrue(faults.stream().allMatch(f -> f.fault().code() == 2 && f.text().contains("stale")));
            Set<DeviceId> devices = new TreeSet<>();
            faults.forEach(f -> devices.add(f.device()));
            assertTrue(devices.toString(), devices.contains(DeviceId.parse("00:06.0")) && devices.contains(DeviceId.parse("00:07.0")));
        }
    }

    @Test
    public void commandsOfTheWorkedExamples() {
        long[][] commands = {{word(0x1234_5679, 0x1000_0000), 1}, {word(0, 0x3000_002a), word(0xffff_f003L, 0x7fff_ffff)},
                {word(0x310, 0x2000_0000), 0},
            {word(0, 0x3000_002a), word(0xdead_b002L, 0)}};
        rig.register(8, COMMANDS | 8L << 56).register(0x2000, 0x10).register(0x2008, 0x30);
        for (int i = 0; i < commands.length; i++) {
            rig.put(COMMANDS + i * 16L, commands[i][0]).put(COMMANDS + i * 16L + 8, commands[i][1]);
        }
        List<QueueEntry> entries = rig.inspector().queues();
        assertEquals(List.of("COMPLETION_WAIT", "INVALIDATE_IOMMU_PAGES", "INVALIDATE_DEVTAB_ENTRY", "INVALIDATE_IOMMU_PAGES"),
                entries.stream().map(QueueEntry::structure).toList());
        assertEquals(List.of(false, true, true, false), entries.stream().map(QueueEntry::pending).toList());
        assertTrue(entries.get(0).text(), entries.get(0).text().contains("s=1") && entries.get(0).text().contains("StoreAddress=0x12345678"));
        assertTrue(entries.get(1).text(), entries.get(1).text().contains("DomainID=0x2a") && entries.get(1).text()
                .contains("Address=0x7ffffffffffff000"));
        assertTrue(entries.get(3).text(), entries.get(3).text().contains("Address=0xdeadb000") && entries.get(3).text().contains("PDE=1"));
    }

    @Test
    public void theOtherLogs() {
        rig.register(0x38, 0xb_0000 | 8L << 56).register(0x2030, 0).register(0x2038, 0x10).put(0xb_0000, 0x1026_0201_0005_0018L)
                .put(0xb_0008, 0x7000);
        rig.register(0xe0, 0xc_0000 | 8L << 56).register(0x2040, 0).register(0x2048, 8).put(0xc_0000, 0x1000_0018_0000_1234L);
        List<QueueEntry> entries = rig.inspector().queues();
        assertEquals(List.of("ppr-log", "ga-log"), entries.stream().map(QueueEntry::queue).toList());
        assertTrue(entries.get(0).text(), entries.get(0).text().contains("Last=1") && entries.get(0).text().contains("Read=1"));
        assertTrue(entries.get(1).text(), entries.get(1).text().contains("GATag=0x1234"));
    }

    @Test
    public void registersOfACaptureAreDecoded() {
        try (OpenCapture capture = new OpenCapture("amdvi-linux72")) {
            List<RegisterValue> registers = capture.inspector.registers();
            RegisterValue control = registers.stream().filter(r -> r.name().equals("CONTROL")).findFirst().orElseThrow();
            assertEquals(List.of(0xc_0000_0003_148fL), control.words());
            assertEquals(1, control.fields().stream().filter(f -> f.field().name().equals("XTEn")).findFirst().orElseThrow().value());
            assertTrue(registers.stream().noneMatch(r -> r.name().startsWith("DEVTAB_BASE_SEG")));
        }
    }

    /** The description lists what its makers' walker found behind every requester. */
    @Test
    public void contextsOfTheCapturesAreThoseOfTheDescription() {
        for (String name : Captures.AMDVI) {
            try (OpenCapture capture = new OpenCapture(name)) {
                List<String> expected = new ArrayList<>();
                for (Attributes r : capture.machine.description().extra().children("requesters")) {
                    expected.add(r.text("device").orElseThrow() + " " + r.text("tableKind").orElseThrow() + " " + r.number("levels")
                            .orElseThrow() + " "
                            + r.number("domain").orElseThrow() + " " + r.number("mappings").orElseThrow());
                }
                List<String> found = new ArrayList<>();
                List<DeviceId> blocked = new ArrayList<>();
                capture.inspector.contexts(c -> {
                    if (c.state() == State.TRANSLATED) {
                        found.add(c.device() + " " + c.tableKind() + " " + c.levels() + " " + c.domain() + " " + leaves(c));
                    } else {
                        blocked.add(c.device());
                    }
                });
                assertEquals(expected, found);
                // The I/O APIC sends interrupts and no DMA.
                assertEquals(List.of(DeviceId.parse("00:14.0")), blocked);
            }
        }
    }

    private static long leaves(RequesterContext context) {
        long[] count = new long[1];
        context.table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                count[0]++;
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError();
            }
        });
        return count[0];
    }

    @Test
    public void entriesThatSayNoMoreThanTheirNeighboursAreNoRequesters() {
        rig.device(DeviceId.parse("00:01.0"), 3).device(DeviceId.parse("00:02.0"), 3, 0, 1).device(NIC, DTE, 9)
                .device(DISK, 0, 0, 0x2000_0000_0007_0013L);
        List<RequesterContext> list = rig.contexts();
        assertEquals(List.of(NIC, DISK), list.stream().map(RequesterContext::device).toList());
        assertEquals(State.PASS_THROUGH, list.get(0).state());
        assertEquals(9, list.get(0).domain());
        assertEquals(State.PASS_THROUGH, list.get(1).state());
    }

    @Test
    public void theDeviceEntryTakesPermissionsAwayFromEveryMapping() {
        long root = 0x2_0000;
        rig.put(root, Rig.ENTRY | 0x5000).put(root + 8, Rig.ENTRY & ~(1L << 61) | 0x6000);
        rig.device(NIC, DTE & ~(1L << 62) | 1 << 9 | root, 1).device(DISK, DTE | 1 << 9 | root, 1);
        List<RequesterContext> list = rig.contexts();
        assertTrue(list.get(0).table().identity() != list.get(1).table().identity());
        List<String> seen = new ArrayList<>();
        for (RequesterContext context : list) {
            context.table().visit(new MappingSink() {
                @Override
                public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                    return seen.add(Long.toHexString(iova) + Permissions.text(permissions));
                }

                @Override
                public boolean unknown(long iova, long last, long tableAddress) {
                    throw new AssertionError();
                }
            });
        }
        assertEquals(List.of("0r", "0rw", "1000w"), seen);
    }
}
