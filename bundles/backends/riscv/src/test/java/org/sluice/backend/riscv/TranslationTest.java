// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.junit.Assert.assertEquals;
import static org.sluice.backend.riscv.TestUnit.DATA;
import static org.sluice.backend.riscv.TestUnit.DDT;
import static org.sluice.backend.riscv.TestUnit.FIRST;
import static org.sluice.backend.riscv.TestUnit.MSI;
import static org.sluice.backend.riscv.TestUnit.PDT;
import static org.sluice.backend.riscv.TestUnit.RWX;
import static org.sluice.backend.riscv.TestUnit.SECOND;
import static org.sluice.backend.riscv.TestUnit.SV39;
import static org.sluice.backend.riscv.TestUnit.SV48;
import static org.sluice.backend.riscv.TestUnit.SV57;
import static org.sluice.backend.riscv.TestUnit.leaf;
import static org.sluice.backend.riscv.TestUnit.pointer;
import static org.sluice.backend.riscv.TestUnit.root;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;

/** Tables built by hand, word by word; what is expected follows from the steps of section 2.3 and of the privileged architecture. */
public class TranslationTest {
    private static final long IOVA = 0x12_3456_7000L;
    private static final String PAGE = " 4096 rwx";

    private final TestUnit unit = new TestUnit();

    /** Base format, one level: device 0's context, words tc, iohgatp, ta, fsc. */
    private TestUnit device(long tc, long second, long first) {
        return unit.put(DDT, tc, second, 7L << 12, first);
    }

    private void firstStage() {
        device(1, 0, root(SV39, FIRST));
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, RWX));
    }

    /** Step 1 and 2. */
    @Test
    public void offBlocksAndBarePasses() {
        unit.directory(-1);
        assertEquals("fault 256", unit.read(IOVA));
        unit.directory(0);
        assertEquals("0x1234567000", unit.read(IOVA));
    }

    @Test
    public void bareStagesPassThrough() {
        device(1, 0, 0);
        assertEquals("0xfffffffffffff000", unit.read(-4096));
        assertEquals("fault 260", unit.tell(0, 5, IOVA, Access.READ));
    }

    @Test
    public void everyFirstStageSchemeTranslates() {
        long[] modes = {SV39, SV48, SV57};
        for (int levels = 3; levels <= 5; levels++) {
            long top = 1L << 9 * levels + 11;
            for (long iova : new long[] {IOVA, top - 4096, -4096, -top}) {
                TestUnit fresh = new TestUnit();
                fresh.put(DDT, 1, 0, 0, root(modes[levels - 3], FIRST));
                long low = iova & top * 2 - 1;
                fresh.chain(FIRST, levels, low, 0, leaf(DATA + 0x5000, RWX));
                assertEquals("0x80805abc" + PAGE, fresh.read(iova + 0xabc));
                assertEquals("not canonical", "fault 13", fresh.read(iova ^ 1L << 63));
            }
        }
    }

    @Test
    public void largePagesTranslateAndMisalignedOnesFault() {
        device(1, 0, root(SV39, FIRST));
        unit.chain(FIRST, 3, IOVA, 2, leaf(1L << 30, RWX));
        assertEquals("0x74567abc 1073741824 rwx", unit.read(IOVA + 0xabc));
        unit.chain(FIRST, 3, IOVA, 2, leaf(DATA, RWX));
        assertEquals("fault 13", unit.read(IOVA));
    }

    /** Svnapot, table of encodings: 1000 in the low bits of the page number, level 0. */
    @Test
    public void napotTakesSixteenPagesTogether() {
        device(1, 0, root(SV39, FIRST));
        long napot = 1L << 63;
        for (int i = 0; i < 16; i++) {
            unit.chain(FIRST, 3, 0x4_0000 + 0x1000L * i, 0, napot | leaf(DATA | 0x8000, RWX));
        }
        assertEquals("0x80803abc 65536 rwx", unit.read(0x4_3abc));
        assertEquals("0x8080fabc 65536 rwx", unit.read(0x4_fabc));
        unit.chain(FIRST, 3, 0x4_3000, 0, napot | leaf(DATA | 0x4000, RWX));
        assertEquals("reserved size", "fault 13", unit.read(0x4_3abc));
        unit.chain(FIRST, 3, 0x4000_0000L, 1, napot | leaf(DATA, RWX));
        assertEquals("not at level 0", "fault 13", unit.read(0x4000_0000L));
    }

    @Test
    public void permissionsAccessedAndDirtyDecide() {
        firstStage();
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, 0x53));
        assertEquals("0x80800000 4096 r", unit.read(IOVA));
        assertEquals("fault 15", unit.tell(IOVA, Access.WRITE));
        assertEquals("fault 12", unit.tell(IOVA, Access.EXECUTE));
        TranslationReport denied = unit.ask(0, -1, IOVA, Access.WRITE);
        assertEquals(4096, denied.pageSize());
        assertEquals(1, denied.permissions());
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, 0x57));
        assertEquals("D=0", "fault 15", unit.tell(IOVA, Access.WRITE));
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, 0x97));
        assertEquals("A=0", "fault 13", unit.read(IOVA));
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, RWX & ~0x10));
        assertEquals("U=0", "fault 13", unit.read(IOVA));
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, 0x17));
        device(1 | 1 << 8, 0, root(SV39, FIRST));
        assertEquals("SADE=1", "0x80800000 4096 rw", unit.tell(IOVA, Access.WRITE));
    }

    @Test
    public void reservedEntriesFault() {
        firstStage();
        for (long bits : new long[] {0xd5, RWX | 1L << 54, RWX | 1L << 59, RWX | 3L << 61, 0xd1, 0}) {
            unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, bits));
            assertEquals(Long.toHexString(bits), "fault 13", unit.read(IOVA));
        }
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, RWX | 1L << 61));
        assertEquals("0x80800000" + PAGE, unit.read(IOVA));
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES & ~(1L << 15));
        assertEquals("no Svpbmt", "fault 13", unit.read(IOVA));
    }

    @Test
    public void tablesAndOutputsWithoutMemoryAreAccessFaults() {
        device(1, 0, root(SV39, 0x1000));
        assertEquals("fault 5", unit.read(IOVA));
        assertEquals("fault 7", unit.tell(IOVA, Access.WRITE));
        assertEquals("fault 1", unit.tell(IOVA, Access.EXECUTE));
        firstStage();
        unit.chain(FIRST, 3, IOVA, 0, leaf(1L << 46, RWX));
        assertEquals("wider than PAS", "fault 5", unit.read(IOVA));
    }

    @Test
    public void everySecondStageSchemeTranslatesZeroExtendedAddresses() {
        long[] modes = {SV39, SV48, SV57};
        for (int levels = 3; levels <= 5; levels++) {
            long last = (1L << 14 + 9 * levels) - 4096;
            TestUnit fresh = new TestUnit();
            fresh.put(DDT, 1, root(modes[levels - 3] | 9L << 44, SECOND), 0, 0);
            fresh.chain(SECOND, levels, last, 0, leaf(DATA, 0xd7));
            assertEquals("0x80800123 4096 rw", fresh.read(last + 0x123));
            assertEquals("fault 21", fresh.read(last + 4096));
            assertEquals("fault 23", fresh.tell(0, Access.WRITE));
            assertEquals("fault 20", fresh.tell(last, Access.EXECUTE));
        }
    }

    /** The first stage's tables lie in guest addresses: GPA 0x10000000 of FIRST, GPA 0x20000000 of the page. */
    @Test
    public void nestedTablesAndResultsGoThroughTheSecondStage() {
        long guest = 0x1000_0000L;
        device(1, root(SV39, SECOND), root(SV39, guest));
        unit.put(FIRST, pointer(guest + 0x1000)).put(FIRST + 0x1000, pointer(guest + 0x2000)).put(FIRST + 0x2008, leaf(0x2000_0000L, RWX));
        for (int i = 0; i < 3; i++) {
            unit.chain(SECOND, 3, guest + 0x1000L * i, 0, leaf(FIRST + 0x1000L * i, 0x53));
        }
        assertEquals("result not mapped", "fault 21", unit.read(0x1abc));
        unit.chain(SECOND, 3, 0x2000_0000L, 0, leaf(DATA, 0xd7));
        assertEquals("0x80800abc 4096 rw", unit.read(0x1abc));
        assertEquals("fault 20", unit.tell(0x1abc, Access.EXECUTE));
        assertEquals("first stage", "fault 13", unit.read(0x2abc));
        assertEquals("each of three entries and the page behind three of the second stage, and the context", 1 + 3 * 4 + 3,
                unit.ask(0, -1, 0x1abc, Access.READ).steps().size());
        unit.chain(SECOND, 3, guest + 0x1000, 0, 0);
        assertEquals("table not mapped, original access", "fault 23", unit.tell(0x1abc, Access.WRITE));
    }

    /** Base format: DDI[0] is 7 bits, DDI[1] 9, DDI[2] 8. */
    @Test
    public void threeLevelsReachTwentyFourBits() {
        unit.directory(3);
        long device = 0xabcdef;
        unit.put(DDT + (device >>> 16) * 8, pointer(DDT + 0x1000));
        unit.put(DDT + 0x1000 + (device >>> 7 & 0x1ff) * 8, pointer(DDT + 0x2000));
        unit.put(DDT + 0x2000 + (device & 0x7f) * 32, 1, 0, 0, root(SV39, FIRST));
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, RWX));
        assertEquals("0x80800000" + PAGE, unit.tell(device, -1, IOVA, Access.READ));
        assertEquals("fault 258", unit.tell(device + 1, -1, IOVA, Access.READ));
        assertEquals("fault 258", unit.tell(0, -1, IOVA, Access.READ));
        unit.put(DDT + (device >>> 16) * 8, pointer(DDT + 0x1000) | 2);
        assertEquals("fault 259", unit.tell(device, -1, IOVA, Access.READ));
        unit.put(DDT + (device >>> 16) * 8, pointer(0x1000));
        assertEquals("fault 257", unit.tell(device, -1, IOVA, Access.READ));
        unit.directory(2);
        assertEquals("wider than two levels", "fault 260", unit.tell(1 << 16, -1, IOVA, Access.READ));
    }

    /** Extended format: DDI[0] is 6 bits, DDI[1] 9. */
    @Test
    public void extendedContextsAreSixtyFourBytes() {
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES | TestUnit.MSI_FLAT).directory(2);
        long device = 0x7fc5;
        unit.put(DDT + (device >>> 6) * 8, pointer(DDT + 0x1000)).put(DDT + 0x1000 + (device & 0x3f) * 64, 1, 0, 0, root(SV39, FIRST), 0, 0, 0, 0);
        unit.chain(FIRST, 3, IOVA, 0, leaf(DATA, RWX));
        assertEquals("0x80800000" + PAGE, unit.tell(device, -1, IOVA, Access.READ));
        unit.put(DDT + 0x1000 + (device & 0x3f) * 64 + 56, 1);
        assertEquals("fault 259", unit.tell(device, -1, IOVA, Access.READ));
    }

    @Test
    public void misconfiguredContextsAreRefused() {
        long pdtv = 1 << 5;
        long[][] bad = {{1 | 1 << 12, 0, 0, 0}, {1 | 1L << 32, 0, 0, 0}, {1 | 1 << 3, 0, 0, 0}, {1 | 1 << 2, 0, 0, 0}, {1 | 1 << 6, 0, 0, 0}, {1 | 2 | 1 << 3, 0, 0, 0},
            {1 | 1 << 9, 0, 0, 0}, {1, 1L << 60, 0, 0}, {1, root(SV39, SECOND + 0x1000), 0, 0}, {1, 11L << 60, 0, 0}, {1, 0, 1, 0}, {1, 0, 1L << 40, 0},
            {1, 0, 0, 11L << 60}, {1, 0, 0, 1L << 44}, {1 | pdtv, 0, 0, 4L << 60}};
        for (long[] words : bad) {
            unit.put(DDT, words);
            assertEquals(Long.toHexString(words[0]) + " " + Long.toHexString(words[1]), "fault 259", unit.read(IOVA));
        }
        device(1, 0, root(SV57, FIRST));
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES & ~(1L << 11));
        assertEquals("no Sv57", "fault 259", unit.read(IOVA));
        device(1 | 1 << 10, 0, 0);
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES & ~(1L << 27));
        assertEquals("one byte order", "fault 259", unit.read(IOVA));
    }

    /** PDI[0] is 8 bits, PDI[1] 9, PDI[2] 3. */
    @Test
    public void processesHaveTablesOfTheirOwn() {
        device(1 | 1 << 5, 0, root(3L << 60, PDT));
        int pasid = 0xabcde;
        unit.put(PDT + (pasid >>> 17) * 8, pointer(PDT + 0x1000)).put(PDT + 0x1000 + (pasid >>> 8 & 0x1ff) * 8, pointer(PDT + 0x2000));
        unit.put(PDT + 0x2000 + (pasid & 0xff) * 16, 1 | 3 << 12, root(SV48, FIRST));
        unit.chain(FIRST, 4, IOVA, 0, leaf(DATA, RWX));
        assertEquals("0x80800000" + PAGE, unit.tell(0, pasid, IOVA, Access.READ));
        assertEquals("fault 266", unit.tell(0, pasid + 1, IOVA, Access.READ));
        assertEquals("without process id the first stage is Bare", "0x1234567000", unit.read(IOVA));
        device(1 | 1 << 5 | 1 << 9, 0, root(3L << 60, PDT));
        assertEquals("DPE: process 0", "fault 266", unit.read(IOVA));
        unit.put(PDT + 0x2000 + (pasid & 0xff) * 16, 1 | 1 << 3, 0);
        assertEquals("fault 267", unit.tell(0, pasid, IOVA, Access.READ));
        unit.put(PDT + (pasid >>> 17) * 8, pointer(0x1000));
        assertEquals("fault 265", unit.tell(0, pasid, IOVA, Access.READ));
        device(1 | 1 << 5, 0, root(1L << 60, PDT));
        assertEquals("wider than PD8", "fault 260", unit.tell(0, pasid, IOVA, Access.READ));
        device(1 | 1 << 5, root(SV39, SECOND), root(1L << 60, 0x5000));
        assertEquals("directory not mapped by the second stage", "fault 23", unit.tell(0, 1, IOVA, Access.WRITE));
    }

    @Test
    public void bigEndianStructuresAreRead() {
        unit.set(Registers.FEATURES, 1);
        unit.put(DDT, Long.reverseBytes(1 | 1 << 10), 0, 0, Long.reverseBytes(root(SV39, FIRST)));
        unit.put(FIRST, Long.reverseBytes(leaf(DATA & -(1L << 30), RWX)));
        assertEquals("0x80000123 1073741824 rwx", unit.read(0x123));
    }

    /** Section 2.3.3: pattern 0x24000 with the low two bits as the file's number; file 2's entry points to a page. */
    @Test
    public void messagesGoThroughTheMsiPageTable() {
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES | TestUnit.MSI_FLAT);
        unit.put(DDT, 1, root(SV39, SECOND), 0, 0, root(1L << 60, MSI), 0x5, 0x24000, 0);
        unit.put(MSI + 2 * 16, leaf(0x2800_0000L, 7), 0);
        long file2 = 0x2400_4000L;
        assertEquals("0x28000010 4096 rw", unit.tell(file2 + 0x10, Access.WRITE));
        assertEquals("fault 1", unit.tell(file2, Access.EXECUTE));
        assertEquals("file 3 is not valid", "fault 262", unit.tell(0x2400_5000L, Access.WRITE));
        assertEquals("no interrupt file", "fault 23", unit.tell(0x2400_2000L, Access.WRITE));
        InterruptReport report = unit.inspector().remapInterrupt(new InterruptRequest(DeviceId.stream(0), file2, 33), true);
        assertEquals(InterruptReport.Result.REMAPPED, report.result());
        assertEquals(2, report.entryIndex());
        assertEquals(0x2800_0000L, report.outputAddress());
        unit.put(MSI + 2 * 16, leaf(0x2800_0000L, 5), 0);
        assertEquals("mode 2", "fault 263", unit.tell(file2, Access.WRITE));
        unit.put(MSI + 2 * 16, leaf(0x2800_0000L, 7 | 8), 0);
        assertEquals("reserved bit", "fault 263", unit.tell(file2, Access.WRITE));
        unit.put(DDT + 32, root(1L << 60, 0x1000));
        assertEquals("fault 261", unit.tell(file2, Access.WRITE));
    }

    /** Step 18 comes before the second stage, which maps no interrupt file; what the first stage withholds stays withheld. */
    @Test
    public void nestedMessagesAndNapotPagesAreTakenAfterTheFirstStage() {
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES | TestUnit.MSI_FLAT);
        unit.put(DDT, 1, root(SV39, SECOND), 0, root(SV39, FIRST), root(1L << 60, MSI), 0x5, 0x24000, 0).put(MSI + 2 * 16, leaf(0x2800_0000L, 7), 0);
        unit.put(SECOND + 8 * 2, leaf(0x8000_0000L, RWX)).put(FIRST, pointer(FIRST + 0x1000)).put(FIRST + 0x1000, pointer(FIRST + 0x2000));
        unit.put(FIRST + 0x2000, leaf(0x2400_4000L, 0x5f)).put(FIRST + 0x2008, leaf(0x2400_4000L, RWX));
        assertEquals("D=0: not writable", "0x28000000 4096 r", unit.read(0));
        assertEquals("fault 15", unit.tell(0, Access.WRITE));
        assertEquals("0x28000008 4096 rw", unit.tell(0x1008, Access.WRITE));
        for (int i = 16; i < 32; i++) {
            unit.put(FIRST + 0x2000 + 8 * i, 1L << 63 | leaf(DATA | 0x8000, RWX));
        }
        assertEquals("0x80805abc 65536 rwx", unit.read(0x1_5abc));
    }

    @Test
    public void whatIsNotKnownIsNamed() {
        firstStage();
        assertEquals("unknown register ddtp is not known", new TestUnit(unit.memory).forget(Registers.DIRECTORY).read(IOVA));
        assertEquals("unknown register capabilities is not known", new TestUnit(unit.memory).forget(Registers.CAPABILITIES).read(IOVA));
        assertEquals("unknown register fctl is not known", new TestUnit(unit.memory).forget(Registers.FEATURES).read(IOVA));
        PhysicalMemory hole = PhysicalMemory.builder().ram(AddressRange.ofSize(TestUnit.RAM, TestUnit.RAM_BYTES)).build();
        assertEquals("unknown 0x80000000", new TestUnit(hole).read(IOVA));
        device(1 | 1 << 11, 0, 0);
        assertEquals("unknown the device uses 32-bit schemes (SXL), which are not read here", unit.read(IOVA));
    }
}
