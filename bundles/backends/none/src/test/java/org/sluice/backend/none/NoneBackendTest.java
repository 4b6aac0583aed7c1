// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.none.layout.None;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.ReadmeTable;

/** The three halves against each other: what the driver writes, the model obeys and the inspector reads back. */
public class NoneBackendTest {
    private static final AddressRange RAM = new AddressRange(0, 0xf_ffff);
    private static final AddressRange TABLES = new AddressRange(0x1_0800, 0x1_ffff);
    private static final DeviceId NIC = DeviceId.parse("00:03.0");
    private static final DeviceId DISK = DeviceId.parse("00:04.0");
    private static final int NO_PASID = TranslationRequest.NO_PASID;

    private final NoneBackend backend = new NoneBackend("test");
    private final PhysicalMemory memory = PhysicalMemory.allocate(RAM);
    private UnitModel model;
    private UnitDriver driver;
    private Inspector inspector;

    @Before
    public void connect() {
        model = backend.model(context(memory, null)).orElseThrow();
        UnitContext running = context(memory, model.registers());
        driver = backend.driver(running, TABLES).orElseThrow();
        inspector = backend.inspector(running).orElseThrow();
    }

    private static UnitContext context(PhysicalMemory memory, RegisterPort registers) {
        UnitDescription unit = new UnitDescription("none0", None.UNIT_TYPE, 0xfed0_0000L, Attributes.EMPTY);
        return new UnitContext(new MachineDescription("test", null, memory.ram(), List.of(unit), List.of(), List.of(), List.of(), List.of(),
                Attributes.EMPTY),
                unit, memory, registers);
    }

    private TranslationReport ask(DeviceId device) {
        return inspector.translate(new TranslationRequest(device, NO_PASID, -4096L, Access.WRITE), true);
    }

    @Test
    public void afterResetEverythingIsBlocked() {
        assertEquals(-1L - 1, model.translate(NIC.requesterId(), NO_PASID, 0x1000, Permissions.READ));
        assertEquals(Result.FAULT, ask(NIC).result());
        assertTrue(ask(NIC).reason().contains("CONTROL.ON=0"));
    }

    @Test
    public void aPermittedRequesterPassesAndTheOthersDoNot() {
        driver.start();
        driver.attachPassThrough(NIC);
        assertEquals(UnitModel.PASS_THROUGH, model.translate(NIC.requesterId(), NO_PASID, -4096L, Permissions.WRITE));
        assertEquals(-1L - 1, model.translate(DISK.requesterId(), NO_PASID, 0x2000, Permissions.WRITE));
        assertEquals(-4096L, ask(NIC).output());
        assertEquals("requester-blocked", ask(DISK).fault().name());
        assertEquals(1, ask(NIC).steps().size());

        driver.detach(NIC, NO_PASID);
        assertEquals(Result.FAULT, ask(NIC).result());
        driver.stop();
        assertEquals(State.BLOCKED, inspector.context(NIC, NO_PASID).state());
    }

    @Test
    public void contextsListThePermittedOnes() {
        driver.start();
        driver.attachPassThrough(DISK);
        driver.attachPassThrough(NIC);
        List<RequesterContext> list = new ArrayList<>();
        inspector.contexts(list::add);
        assertEquals(List.of(NIC, DISK), list.stream().map(RequesterContext::device).toList());
        assertTrue(list.stream().allMatch(c -> c.state() == State.PASS_THROUGH));
    }

    @Test
    public void theFirstFaultStaysUntilItIsDrained() {
        driver.start();
        model.translate(DISK.requesterId(), NO_PASID, 0x5000, Permissions.WRITE);
        model.translate(NIC.requesterId(), NO_PASID, 0x6000, Permissions.READ);
        assertEquals(1, inspector.faults().size());
        List<FaultRecord> drained = new ArrayList<>();
        driver.drainFaults(drained::add);
        assertEquals(DISK, drained.get(0).device());
        assertEquals(0x5000, drained.get(0).iova());
        assertEquals("w", drained.get(0).access());
        driver.drainFaults(drained::add);
        assertEquals(1, drained.size());
        assertEquals(List.of(), inspector.faults());
    }

    @Test
    public void messagesAreWritesLikeAnyOther() {
        driver.start();
        driver.attachPassThrough(NIC);
        assertEquals(InterruptReport.Result.PASSED, inspector.remapInterrupt(new InterruptRequest(NIC, 0xfee00000L, 0x21), false).result());
        assertEquals(InterruptReport.Result.BLOCKED, inspector.remapInterrupt(new InterruptRequest(DISK, 0xfee00000L, 0x21), false).result());
    }

    @Test
    public void aPermitTableOutsideMemoryIsAnAccessFaultAndADefect() {
        model.registers().write64(None.PERMIT_BASE.offset(), 0x8000_0000L);
        model.registers().write64(None.CONTROL.offset(), 1);
        assertEquals(-1L - 2, model.translate(NIC.requesterId(), NO_PASID, 0, Permissions.READ));
        assertEquals("permit-table-access", ask(NIC).fault().name());
        assertEquals("table-outside-ram", defects(inspector).get(0));
        assertEquals(-1L - 3, model.translate(1 << 16, NO_PASID, 0, Permissions.READ));
        assertEquals("requester-beyond-table", ask(DeviceId.stream(0x10000)).fault().name());
    }

    @Test
    public void whatTheImageLacksIsUnknownAndNamed() {
        PhysicalMemory hole = PhysicalMemory.builder().ram(RAM).build();
        Inspector known = backend.inspector(context(hole, new RegisterImage("none0", Map.of(0, 1, 4, 0, 8, 0x3000, 12, 0)))).orElseThrow();
        TranslationReport report = known.translate(new TranslationRequest(NIC, NO_PASID, 0, Access.READ), true);
        assertEquals(Result.UNKNOWN, report.result());
        assertEquals(Long.valueOf(0x3000), report.missing());
        Inspector half = backend.inspector(context(hole, new RegisterImage("none0", Map.of(0, 1, 4, 0)))).orElseThrow();
        assertTrue(half.translate(new TranslationRequest(NIC, NO_PASID, 0, Access.READ), true).reason().contains("PERMIT_BASE"));
        assertEquals(State.UNKNOWN, half.context(NIC, NO_PASID).state());
    }

    @Test
    public void reservedBitsOfRegistersAreDefects() {
        Inspector bad = backend.inspector(context(memory, new RegisterImage("none0", Map.of(0, 3, 4, 0)))).orElseThrow();
        assertEquals(List.of("reserved-bit"), defects(bad));
    }

    private static List<String> defects(Inspector inspector) {
        List<String> found = new ArrayList<>();
        inspector.verify(null, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                found.add(defect.defect());
            }

            @Override
            public void unknown(long address) {
                found.add("unknown");
            }

            @Override
            public void looked(long entries) {
            }
        });
        return found;
    }

    @Test
    public void tablesAreRefusedInWords() {
        IommuException refusal = assertThrows(IommuException.class, () -> driver.createTable(new UnitDriver.DomainSpec(1, 48, 0x1000)));
        assertEquals(IommuException.Reason.UNSUPPORTED, refusal.reason());
        assertThrows(IommuException.class, () -> driver.attachPassThrough(DeviceId.stream(1)));
    }

    /** The README's table is what the backend says of itself. */
    @Test
    public void theCapabilityTableIsTheReadmes() {
        ReadmeTable.assertHasCapabilities(backend.info());
    }
}
