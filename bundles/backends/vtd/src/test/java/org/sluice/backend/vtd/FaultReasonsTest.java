// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.AddressRange;

/** Every fault reason that a request can get from the tables, each by the smallest machine that gives it (section 7). */
public class FaultReasonsTest {
    private static final long L3 = 0x30_0000;
    private static final long L2 = 0x30_1000;
    private static final long L1 = 0x30_2000;
    private static final long OUTSIDE = 0x10_0000_0000L;
    private static final long BEYOND_HOST = 1L << TestUnit.HOST_BITS;
    /** First-stage bits: P, RW, US, A and D. */
    private static final int FS = 0x67;
    private static final long PAGE = 0x77_7000;

    private static void fault(int code, String name, TranslationReport report) {
        assertEquals(report.reason(), Result.FAULT, report.result());
        assertEquals(report.reason(), Integer.toHexString(code), Integer.toHexString(report.fault().code()));
        assertEquals(name, report.fault().name());
        assertNull(report.missing());
    }

    private static TestUnit legacyChain(long... entries) {
        return new TestUnit().secondStage().chain(TestUnit.TABLE, 4, 0x1000, entries);
    }

    private static TestUnit scalableChain(long... entries) {
        return TestUnit.scalable().pasidSecondStage().chain(TestUnit.TABLE, 4, 0x1000, entries);
    }

    private static TestUnit firstChain(long... entries) {
        return TestUnit.scalable().pasidFirstStage().chain(TestUnit.TABLE, 4, 0x1000, entries);
    }

    @Test
    public void legacyRootAndContext() {
        fault(0x01, "root-not-present", new TestUnit().read(0));
        fault(0x08, "root-table-access", new TestUnit().register64(0x20, OUTSIDE).read(0));
        fault(0x0a, "root-entry-reserved", new TestUnit().put(TestUnit.ROOT, TestUnit.CONTEXTS | 3, 0).read(0));
        fault(0x0a, "root-entry-reserved", new TestUnit().put(TestUnit.ROOT, TestUnit.CONTEXTS | 1, 1).read(0));
        fault(0x0a, "root-entry-reserved", new TestUnit().put(TestUnit.ROOT, BEYOND_HOST | 1, 0).read(0));
        fault(0x09, "context-table-access", new TestUnit().put(TestUnit.ROOT, OUTSIDE | 1, 0).read(0));
        fault(0x02, "context-not-present", new TestUnit().context(0, 0).read(0));
        fault(0x02, "context-not-present", new TestUnit().context(TestUnit.TABLE | 0xff0, 0x502).read(0));
        fault(0x0b, "context-entry-reserved", new TestUnit().context(TestUnit.TABLE | 1, 0x582).read(0));
        fault(0x0b, "context-entry-reserved", new TestUnit().context(TestUnit.TABLE | 1, 0x502 | 1L << 24).read(0));
        fault(0x0b, "context-entry-reserved", new TestUnit().context(BEYOND_HOST | 1, 0x502).read(0));
        fault(0x0b, "context-entry-reserved", new TestUnit().register64(0x08, TestUnit.CAP & ~7).context(TestUnit.TABLE | 1, 0x1002).read(0));
    }

    @Test
    public void legacyTypeAndWidth() {
        fault(0x03, "context-entry-invalid", new TestUnit().context(TestUnit.TABLE | 13, 0x502).read(0));
        fault(0x03, "context-entry-invalid", new TestUnit().register64(0x10, TestUnit.ECAP & ~4).context(TestUnit.TABLE | 5, 0x502).read(0));
        fault(0x03, "context-entry-invalid", new TestUnit().register64(0x10, TestUnit.ECAP & ~0x40).context(TestUnit.TABLE | 9, 0x502).read(0));
        for (long aw : new long[] {0, 4, 5, 6, 7}) {
            fault(0x03, "context-entry-invalid", new TestUnit().context(TestUnit.TABLE | 1, 0x500 | aw).read(0));
        }
        fault(0x03, "context-entry-invalid", new TestUnit().register64(0x08, TestUnit.CAP & ~(4L << 8)).secondStage().read(0));
        assertEquals("TT=1 translates too", 0x06, new TestUnit().context(TestUnit.TABLE | 5, 0x502).page(TestUnit.TABLE).read(0).fault().code());
    }

    @Test
    public void passThroughHasTheWidthOfItsEntry() {
        TestUnit unit = new TestUnit().context(9, 0x502);
        assertEquals(0xffff_ffff_f123L, unit.write(0xffff_ffff_f123L).output());
        fault(0x04, "address-beyond-width", unit.write(1L << 48));
        assertEquals(Long.MIN_VALUE, TestUnit.scalable().pasid(4 << 6 | 2 << 2 | 1, 1).write(Long.MIN_VALUE).output());
    }

    @Test
    public void legacyTables() {
        fault(0x03, "context-entry-invalid", new TestUnit().context(OUTSIDE | 1, 0x502).read(0));
        fault(0x07, "table-access", legacyChain(OUTSIDE | 3).read(0x1000));
        fault(0x06, "read-not-permitted", legacyChain(L3 | 2).read(0x1000));
        fault(0x05, "write-not-permitted", legacyChain(L3 | 1).write(0x1000));
        fault(0x06, "read-not-permitted", legacyChain(L3 | 3, L2 | 3, L1 | 3, 0).read(0x1000));
        fault(0x05, "write-not-permitted", legacyChain(L3 | 3, L2 | 3, L1 | 3, -4L).write(0x1000));
        fault(0x0c, "paging-entry-reserved", legacyChain(L3 | 0x83).read(0x1000));
        fault(0x0c, "paging-entry-reserved", legacyChain(L3 | 0x803).read(0x1000));
        fault(0x0c, "paging-entry-reserved", legacyChain(L3 | 3, L2 | 3, L1 | 3, BEYOND_HOST | 3).read(0x1000));
        fault(0x0c, "paging-entry-reserved", legacyChain(L3 | 3, 0x4000_0083L | 1 << 29).read(0x1000));
        fault(0x0c, "paging-entry-reserved",
                legacyChain(L3 | 3, 0x4000_0083L).register64(0x08, TestUnit.CAP & ~(2L << 34)).read(0x1000));
        assertEquals(1 << 30, legacyChain(L3 | 3, 0x4000_0083L).read(0x1000).pageSize());
        assertEquals("level 1 ignores PS", PAGE, legacyChain(L3 | 3, L2 | 3, L1 | 3, PAGE | 0x83).read(0x1000).output());
    }

    @Test
    public void permissionComesBeforeReservedBitsAtEachLevel() {
        fault(0x05, "write-not-permitted", legacyChain(L3 | 0x81).write(0x1000));
        fault(0x0c, "paging-entry-reserved", legacyChain(L3 | 0x81).read(0x1000));
        fault(0x86, "read-not-permitted", scalableChain(L3 | 0x82).read(0x1000));
    }

    @Test
    public void widthIsTheLowerOfTableAndUnit() {
        fault(0x04, "address-beyond-width", new TestUnit().secondStage().read(1L << 48));
        fault(0x04, "address-beyond-width", new TestUnit().secondStage().read(-1));
        TestUnit narrow = new TestUnit().register64(0x08, TestUnit.CAP & ~(63L << 16) | 38L << 16).secondStage();
        fault(0x04, "address-beyond-width", narrow.read(1L << 39));
        fault(0x06, "read-not-permitted", narrow.read((1L << 39) - 1));
        fault(0x84, "address-beyond-width", TestUnit.scalable().pasidSecondStage().read(1L << 48));
    }

    @Test
    public void scalableRootAndContext() {
        fault(0x39, "root-not-present", TestUnit.scalable().read(0));
        fault(0x38, "root-table-access", new TestUnit().register64(0x20, OUTSIDE | 1 << 10).read(0));
        fault(0x3a, "root-entry-reserved", TestUnit.scalable().put(TestUnit.ROOT, TestUnit.CONTEXTS | 3, 0).read(0));
        fault(0x40, "context-table-access", TestUnit.scalable().put(TestUnit.ROOT, OUTSIDE | 1, 0).read(0));
        fault(0x41, "context-not-present", TestUnit.scalable().put(TestUnit.ROOT, TestUnit.CONTEXTS | 1).page(TestUnit.CONTEXTS).read(0));
        long context = TestUnit.CONTEXTS + 32L * TestUnit.DEVICE.devfn();
        for (int bit : new int[] {5, 8, TestUnit.HOST_BITS, 64 + 21, 127, 128, 255}) {
            fault(0x42, "context-entry-reserved", TestUnit.scalable().pasidSecondStage()
                    .put(context + bit / 64 * 8, 1L << bit % 64 | (bit < 64 ? 1 : 0)).read(0));
        }
        fault(0x30, "root-address-invalid", new TestUnit().register64(0x20, TestUnit.ROOT | 2 << 10).read(0));
        fault(0x30, "root-address-invalid", TestUnit.scalable().register64(0x10, TestUnit.ECAP & ~(1L << 43)).read(0));
        fault(0x30, "root-address-invalid", new TestUnit().register64(0x20, TestUnit.ROOT | 3 << 10).read(0));
        fault(-1, "abort-dma", new TestUnit().register64(0x10, TestUnit.ECAP | 1L << 52).register64(0x20, TestUnit.ROOT | 3 << 10).read(0));
        fault(0x31, "pasid-in-legacy-mode", new TestUnit().translate(1, 0, Access.READ));
    }

    @Test
    public void upperHalfOfABusHasItsOwnTable() {
        TestUnit unit = TestUnit.scalable().put(TestUnit.ROOT, 0, TestUnit.CONTEXTS | 1)
                .put(TestUnit.CONTEXTS + 32L * 0x7f, TestUnit.DIRECTORY | 1).put(TestUnit.DIRECTORY, TestUnit.PASIDS | 1)
                .put(TestUnit.PASIDS, 4 << 6 | 2 << 2 | 1, 1);
        var device = org.sluice.machine.DeviceId.parse("00:1f.7");
        assertEquals(1, unit.inspector().context(device, -1).domain());
        assertEquals("root-not-present", unit.inspector().context(TestUnit.DEVICE, -1).fault().name());
    }

    @Test
    public void pasidStructures() {
        long context = TestUnit.CONTEXTS + 32L * TestUnit.DEVICE.devfn();
        fault(0x45, "pasid-disabled", TestUnit.scalable().pasidSecondStage().put(context, TestUnit.DIRECTORY | 1).translate(3, 0, Access.READ));
        fault(0x46, "pasid-beyond-directory", TestUnit.scalable().pasidSecondStage().translate(0x2000, 0, Access.READ));
        fault(0x48, "rid-pasid-invalid", TestUnit.scalable().pasidSecondStage().put(context + 8, 0x2000).read(0));
        fault(0x50, "pasid-directory-access", TestUnit.scalable().pasidSecondStage().put(context, OUTSIDE | 1).read(0));
        fault(0x51, "pasid-directory-not-present", TestUnit.scalable().pasidSecondStage().translate(64, 0, Access.READ));
        fault(0x52, "pasid-directory-reserved", TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY, TestUnit.PASIDS | 5).read(0));
        fault(0x52, "pasid-directory-reserved", TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY, BEYOND_HOST | 1).read(0));
        fault(0x58, "pasid-table-access", TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY, OUTSIDE | 1).read(0));
        fault(0x59, "pasid-entry-not-present", TestUnit.scalable().pasidSecondStage().translate(1, 0, Access.READ));
    }

    @Test
    public void pasidEntryBits() {
        for (int bit : new int[] {5, 10, 11, TestUnit.HOST_BITS, 64 + 16, 64 + 22, 64 + 25, 127, 128 + 8, 192, 511}) {
            TestUnit unit = TestUnit.scalable().pasidSecondStage();
            long[] words = {TestUnit.TABLE | 2 << 6 | 2 << 2 | 1, 7, 0, 0, 0, 0, 0, 0};
            words[bit / 64] |= 1L << bit % 64;
            fault(0x5a, "pasid-entry-reserved", unit.pasid(words).read(0));
        }
        for (long type : new long[] {0, 5, 6, 7}) {
            fault(0x5b, "pasid-entry-invalid", TestUnit.scalable().pasid(type << 6 | 2 << 2 | 1, 7).read(0));
        }
        int[] capability = {0, 47, 46, 26, 6};
        for (int type = 1; type <= 4; type++) {
            fault(0x5b, "pasid-entry-invalid", TestUnit.scalable().register64(0x10, TestUnit.ECAP & ~(1L << capability[type]))
                    .pasid((long) type << 6 | 2 << 2 | 1, 7).read(0));
        }
        fault(0x5b, "pasid-entry-invalid", TestUnit.scalable().pasid(TestUnit.TABLE | 2 << 6 | 4 << 2 | 1, 7).read(0));
        fault(0x5b, "pasid-entry-invalid", TestUnit.scalable().pasid(1 << 6 | 1, 7, TestUnit.TABLE | 2 << 2).read(0));
        fault(0x5b, "pasid-entry-invalid", TestUnit.scalable().register64(0x08, TestUnit.CAP & ~(1L << 60))
                .pasid(1 << 6 | 1, 7, TestUnit.TABLE | 1 << 2).read(0));
        fault(0x5c, "execute-disabled", TestUnit.scalable().pasidFirstStage().translate(0, 0, Access.EXECUTE));
    }

    @Test
    public void scalableSecondStage() {
        fault(0x7b, "table-access", TestUnit.scalable().pasid(OUTSIDE | 2 << 6 | 2 << 2 | 1, 7).read(0));
        fault(0x78, "table-access", scalableChain(OUTSIDE | 3).read(0x1000));
        fault(0x79, "read-not-permitted", scalableChain(L3 | 3, L2 | 3, L1 | 3, 0).read(0x1000));
        fault(0x79, "write-not-permitted", scalableChain(L3 | 3, L2 | 3, L1 | 3, 0).write(0x1000));
        fault(0x86, "read-not-permitted", scalableChain(L3 | 3, L2 | 3, L1 | 3, PAGE | 2).read(0x1000));
        fault(0x85, "write-not-permitted", scalableChain(L3 | 3, L2 | 3, L1 | 3, PAGE | 1).write(0x1000));
        fault(0x7a, "paging-entry-reserved", scalableChain(L3 | 0x83).read(0x1000));
        assertEquals("SNP is defined in scalable mode", PAGE, scalableChain(L3 | 3, L2 | 3, L1 | 3, PAGE | 0x803)
                .register64(0x10, TestUnit.ECAP & ~(1L << 7)).read(0x1000).output());
    }

    @Test
    public void firstStage() {
        fault(0x73, "table-access", TestUnit.scalable().pasid(1 << 6 | 1, 7, OUTSIDE).read(0));
        fault(0x5a, "pasid-entry-reserved", TestUnit.scalable().pasid(1 << 6 | 1, 7, BEYOND_HOST).read(0));
        fault(0x70, "table-access", firstChain(OUTSIDE | FS).read(0x1000));
        fault(0x71, "first-stage-not-present", firstChain(L3 | FS, L2 | FS, L1 | FS, PAGE | FS & ~1).read(0x1000));
        fault(0x72, "paging-entry-reserved", firstChain(L3 | FS | 0x80).read(0x1000));
        fault(0x72, "paging-entry-reserved", firstChain(L3 | FS, L2 | FS, L1 | FS, PAGE | FS | 1L << 63).read(0x1000));
        fault(0x72, "paging-entry-reserved", firstChain(L3 | FS, L2 | FS, L1 | FS, BEYOND_HOST | FS).read(0x1000));
        fault(0x72, "paging-entry-reserved", firstChain(L3 | FS, L2 | FS, 0x40_0000 | 1 << 13 | FS | 0x80).read(0x1000));
        assertEquals("bit 12 of a superpage is its memory type", 0x40_1000,
                firstChain(L3 | FS, L2 | FS, 0x40_0000 | 1 << 12 | FS | 0x80).read(0x1000).output());
        fault(0x72, "paging-entry-reserved", firstChain(L3 | FS, 0x4000_0000 | FS | 0x80)
                .register64(0x08, TestUnit.CAP & ~(1L << 56)).read(0x1000));
        fault(0x80, "non-canonical-address", firstChain().read(1L << 47));
        fault(0x71, "first-stage-not-present", firstChain().read(-1L << 47));
        fault(0x81, "user-not-permitted", firstChain(L3 | FS, L2 | FS, L1 | FS & ~4, PAGE | FS).read(0x1000));
        fault(0x85, "write-not-permitted", firstChain(L3 | FS, L2 | FS, L1 | FS, PAGE | FS & ~2).write(0x1000));
        fault(0x85, "write-not-permitted", firstChain(L3 | FS & ~2, L2 | FS, L1 | FS, PAGE | FS).write(0x1000));
    }

    @Test
    public void executionNeedsNoXdOnThePath() {
        TestUnit unit = TestUnit.scalable().pasid(1 << 6 | 1, 7, TestUnit.TABLE | 1 << 5 | 1 << 1).chain(TestUnit.TABLE, 4, 0x1000, L3 | FS,
                L2 | FS | 1L << 63, L1 | FS, PAGE | FS);
        fault(0x82, "execute-not-permitted", unit.translate(0, 0x1000, Access.EXECUTE));
        assertEquals(PAGE, unit.translate(0, 0x1000, Access.READ).output());
        assertEquals(PAGE, unit.put(L3, L2 | FS).translate(0, 0x1000, Access.EXECUTE).output());
    }

    @Test
    public void outputInTheInterruptWindow() {
        fault(0x0e, "output-in-interrupt-window", legacyChain(L3 | 3, L2 | 3, L1 | 3, 0xfee0_0003L).read(0x1000));
        fault(0x87, "output-in-interrupt-window", scalableChain(L3 | 3, L2 | 3, L1 | 3, 0xfeef_f003L).write(0x1fff));
        TestUnit large = new TestUnit().secondStage().chain(TestUnit.TABLE, 4, 0, L3 | 3, L2 | 3, 0xfee0_0083L);
        fault(0x0e, "output-in-interrupt-window", large.read(0xf_f000));
        assertEquals("hardware looks at the address, not at the page", 0xfef0_0000L, large.read(0x10_0000).output());
    }

    @Test
    public void interruptWindowIsNotTranslated() {
        TestUnit unit = new TestUnit().secondStage();
        fault(-1, "interrupt-request", unit.write(0xfee0_0000L));
        fault(-1, "interrupt-window", unit.read(0xfeef_ffffL));
        TestUnit scalable = TestUnit.scalable().pasidSecondStage();
        fault(-1, "interrupt-request", scalable.write(0xfeef_fffcL));
        fault(0x87, "output-in-interrupt-window", scalable.read(0xfee0_0000L));
        fault(0x87, "output-in-interrupt-window", scalable.translate(0, 0xfee0_0000L, Access.WRITE));
        fault(0x06, "read-not-permitted", unit.read(0xfef0_0000L));
        assertEquals(0xfee0_0000L, unit.register32(0x1c, 0).write(0xfee0_0000L).output());
    }

    @Test
    public void ramWithHolesDecidesWhatIsOutside() {
        TestUnit unit = new TestUnit().secondStage().ram(new AddressRange(0, 0x1f_ffff));
        fault(0x03, "context-entry-invalid", unit.drop(TestUnit.TABLE).read(0));
    }
}
