// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongUnaryOperator;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Captures;

/** Defects planted one at a time in copies of real captures are found; the captures themselves have none. */
public class CapturedDefectsTest {
    private static final DeviceId BLOCK = DeviceId.parse("00:03.0");
    private static final long MAPPED = 0xffff_f000L;

    /** A capture whose memory is a copy that can be written. */
    private static final class Copy implements AutoCloseable {
        final OpenCapture capture;
        final PhysicalMemory memory;
        final Inspector inspector;

        Copy(String name) {
            capture = new OpenCapture(name);
            PhysicalMemory.Builder builder = PhysicalMemory.builder();
            capture.machine.memory().ram().forEach(builder::ram);
            capture.machine.memory().present().forEach(range -> builder.data(range.start(), copy(range), true));
            memory = builder.build();
            UnitContext c = capture.context;
            inspector = new VtdBackend("test").inspector(new UnitContext(c.machine(), c.unit(), memory, c.registers())).orElseThrow();
        }

        private ByteBuffer copy(AddressRange range) {
            MemoryWindow from = capture.machine.memory().window(range.start());
            ByteBuffer to = ByteBuffer.allocateDirect((int) range.size()).order(ByteOrder.LITTLE_ENDIAN);
            for (long at = range.start(); range.contains(at); at += 8) {
                to.putLong(from.getLong(at));
            }
            return to.flip();
        }

        /** Address of an entry that a translation of {@link #BLOCK} reads, counted from the end of its steps. */
        long step(int fromEnd) {
            TranslationReport report = inspector.translate(new TranslationRequest(BLOCK, -1, MAPPED, Access.WRITE), true);
            return report.steps().get(report.steps().size() - 1 - fromEnd).address();
        }

        void change(long address, LongUnaryOperator edit) {
            memory.writeLong(address, edit.applyAsLong(memory.readLong(address)));
        }

        @Override
        public void close() {
            capture.close();
        }
    }

    private static void assertFound(String capture, String word, Copy copy, long address) {
        List<Defect> defects = TestUnit.Found.by(copy.inspector, null).defects();
        assertTrue(capture + ": no " + word + " at " + Hex.of(address) + " in " + defects,
                defects.stream().anyMatch(d -> d.defect().equals(word) && d.address() == address));
    }

    private static void planted(String word, int fromEnd, LongUnaryOperator edit) {
        for (String name : Captures.VTD) {
            try (Copy copy = new Copy(name)) {
                long address = copy.step(fromEnd);
                copy.change(address, edit);
                assertFound(name, word, copy, address);
                List<Defect> own = TestUnit.Found.by(copy.inspector, BLOCK).defects();
                assertTrue(name, own.stream().anyMatch(d -> d.defect().equals(word) && d.address() == address));
            }
        }
    }

    @Test
    public void untouchedCapturesHaveNoDefectAndNothingIsMissing() {
        for (String name : Captures.VTD) {
            try (OpenCapture capture = new OpenCapture(name)) {
                TestUnit.Found found = TestUnit.Found.by(capture.inspector, null);
                assertEquals(name, List.of(), found.defects());
                assertTrue(name, found.unknown().isEmpty());
                assertEquals(name, List.of(), TestUnit.Found.by(capture.inspector, BLOCK).defects());
            }
        }
    }

    @Test
    public void reservedBitInALeaf() {
        planted("address-beyond-width", 0, e -> e | 1L << 51);
    }

    @Test
    public void reservedBitInATableEntry() {
        planted("reserved-bit", 3, e -> e | 1 << 7);
    }

    @Test
    public void tableThatPointsToItself() {
        for (String name : Captures.VTD) {
            try (Copy copy = new Copy(name)) {
                long address = copy.step(1);
                copy.change(address, e -> e & 0xfff | address & -4096L);
                assertFound(name, "table-loop", copy, address);
            }
        }
    }

    @Test
    public void tableOutsideRam() {
        planted("table-outside-ram", 2, e -> e & 0xfff | 0x20_0000_0000L);
    }

    @Test
    public void leafOutsideRam() {
        planted("leaf-outside-ram", 0, e -> e & 0xfff | 0x20_0000_0000L);
    }

    @Test
    public void leafOnADoorbellAndOnRegisters() {
        planted("doorbell-grant", 0, e -> e & 0xfff | 0xfee0_0000L);
        planted("leaf-on-registers", 0, e -> e & 0xfff | 0xfed9_0000L);
    }

    @Test
    public void misalignedSuperpage() {
        planted("superpage-misaligned", 1, e -> e & -(1L << 21) | e & 0x7f | 0x80 | 1 << 15);
    }

    @Test
    public void tableOfTwoDomains() {
        for (String name : Captures.VTD) {
            try (Copy copy = new Copy(name)) {
                var mine = copy.inspector.context(BLOCK, -1);
                var other = copy.inspector.context(DeviceId.parse("00:04.0"), -1);
                int words = mine.entry().size();
                int root = mine.tableKind().equals("first-stage") ? 2 : 0;
                assertTrue(words > root);
                copy.change(other.entryAddress() + 8 * root, e -> e & 0xfff | mine.table().identity());
                assertFound(name, "table-shared", copy, other.entryAddress());
            }
        }
    }

    @Test
    public void domainWithTwoTables() {
        for (String name : Captures.VTD) {
            try (Copy copy = new Copy(name)) {
                var mine = copy.inspector.context(BLOCK, -1);
                var other = copy.inspector.context(DeviceId.parse("00:04.0"), -1);
                int shift = mine.entry().size() == 2 ? 8 : 0;
                copy.change(other.entryAddress() + 8, e -> e & ~(0xffffL << shift) | (long) mine.domain() << shift);
                assertFound(name, "domain-two-tables", copy, other.entryAddress());
            }
        }
    }

    @Test
    public void contextEntryWithAWidthThatDoesNotExist() {
        for (String name : List.of("vtd-legacy", "vtd-legacy-linux72")) {
            for (long aw : new long[] {0, 3, 4, 7}) {
                try (Copy copy = new Copy(name)) {
                    long address = copy.inspector.context(BLOCK, -1).entryAddress();
                    copy.change(address + 8, e -> e & ~7 | aw);
                    assertFound(name, "context-entry-invalid", copy, address);
                }
            }
        }
        try (Copy copy = new Copy("vtd-scalable")) {
            long address = copy.inspector.context(BLOCK, -1).entryAddress();
            copy.change(address, e -> e & ~(7 << 2) | 3 << 2);
            assertFound("vtd-scalable", "pasid-entry-invalid", copy, address);
        }
    }

    /** A width that the unit has but that is not the depth of the table: it stands out among the others. */
    @Test
    public void contextEntryWithTheWidthOfAnotherUnitsTables() {
        for (String name : List.of("vtd-legacy", "vtd-scalable")) {
            try (Copy copy = new Copy(name)) {
                long address = copy.inspector.context(BLOCK, -1).entryAddress();
                if (name.equals("vtd-legacy")) {
                    copy.change(address + 8, e -> e & ~7 | 1);
                } else {
                    copy.change(address, e -> e & ~(7 << 2) | 1 << 2);
                }
                assertFound(name, "width-differs", copy, address);
                assertEquals(List.of("width-differs"), TestUnit.Found.by(copy.inspector, BLOCK).words());
            }
        }
    }

    @Test
    public void interruptEntryWithAReservedDeliveryMode() {
        for (String name : Captures.VTD) {
            try (Copy copy = new Copy(name)) {
                long table = name.startsWith("vtd-legacy-") || name.endsWith("fs") ? 0x1_00b0_0000L : 0x1a0_0000L;
                copy.change(table + 16, e -> e & ~(7 << 5) | 3 << 5);
                assertFound(name, "reserved-delivery-mode", copy, table + 16);
            }
        }
    }
}
