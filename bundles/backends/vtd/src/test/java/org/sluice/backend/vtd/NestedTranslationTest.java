// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;

/** Nested translation (PGTT=011): a guest's first stage read and bounded by the host's second stage. */
public class NestedTranslationTest {
    /** What the second stage adds to guest addresses below 2 MiB. */
    private static final long OFFSET = 0x80_0000;
    private static final long GUEST_ROOT = 0x1_0000;
    private static final long SS_L3 = 0x30_0000;
    private static final long SS_L2 = 0x30_1000;
    private static final long SS_L1 = 0x30_2000;
    private static final int FS = 0x67;
    private static final long IOVA = 0x7f00_1234_5678L;

    /** Guest addresses 0 to 2 MiB lie at {@link #OFFSET}, page by page; the guest maps {@link #IOVA} to its page 0x5000. */
    private static TestUnit unit() {
        TestUnit unit = TestUnit.scalable().pasid(TestUnit.TABLE | 3 << 6 | 2 << 2 | 1, 7, GUEST_ROOT)
                .put(TestUnit.TABLE, SS_L3 | 3).put(SS_L3, SS_L2 | 3).put(SS_L2, SS_L1 | 3);
        for (int i = 0; i < 512; i++) {
            unit.put(SS_L1 + 8L * i, OFFSET + 4096L * i | 3);
        }
        return guest(unit, 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 0x5000 | FS);
    }

    /** Guest table entries for {@link #IOVA}, top first; tables lie one page after the other. */
    private static TestUnit guest(TestUnit unit, long... entries) {
        for (int i = 0; i < entries.length; i++) {
            unit.put(OFFSET + GUEST_ROOT + i * 0x1000L + (IOVA >>> 39 - 9 * i & 511) * 8, entries[i]);
        }
        return unit;
    }

    /** Replaces the second-stage entry for the guest page {@code address}. */
    private static TestUnit second(TestUnit unit, long address, long entry) {
        return unit.put(SS_L1 + (address >>> 12) * 8, entry);
    }

    private static void fault(int code, TranslationReport report) {
        assertEquals(report.reason(), Result.FAULT, report.result());
        assertEquals(report.reason(), Integer.toHexString(code), Integer.toHexString(report.fault().code()));
    }

    @Test
    public void bothStagesMakeTheOutput() {
        TranslationReport report = unit().read(IOVA);
        assertEquals(report.reason(), OFFSET + 0x5678, report.output());
        assertEquals(4096, report.pageSize());
        assertEquals(Permissions.READ_WRITE, report.permissions());
        assertEquals("4 of the configuration, 4 of the first stage, 4 of the second for the result", 12, report.steps().size());
        RequesterContext context = unit().inspector().context(TestUnit.DEVICE, TranslationRequest.NO_PASID);
        assertEquals("nested", context.tableKind());
        assertEquals(4, context.levels());
    }

    @Test
    public void permissionIsWhatBothStagesGrantAndTheSizeIsTheSmaller() {
        TestUnit unit = second(unit(), 0x5000, OFFSET + 0x5000 | 1);
        assertEquals(Permissions.READ, unit.read(IOVA).permissions());
        fault(0x79, unit.write(IOVA));
        TestUnit superpage = guest(unit(), 0x1_1000 | FS, 0x1_2000 | FS, FS | 0x80);
        assertEquals(4096, superpage.read(IOVA).pageSize());
        assertEquals(OFFSET + (IOVA & 0x1f_ffff), superpage.read(IOVA).output());
    }

    @Test
    public void firstStageTablesAreReadThroughTheSecondStage() {
        fault(0x75, second(unit(), GUEST_ROOT, 0).read(IOVA));
        fault(0x75, second(unit(), GUEST_ROOT, OFFSET + GUEST_ROOT | 2).read(IOVA));
        fault(0x76, second(unit(), 0x1_2000, 0).read(IOVA));
        fault(0x74, guest(unit(), 1L << 48 - 1 << 1 >> 2 | FS, 0, 0, 0).pasid(TestUnit.TABLE | 3 << 6 | 1 << 2 | 1, 7, 1L << 40).read(IOVA));
        fault(0x7a, second(unit(), 0x1_2000, OFFSET | 3 | 1L << 50).read(IOVA));
        fault(0x78, unit().put(SS_L2, 0x10_0000_0000L | 3).read(IOVA));
        fault(0x7b, unit().pasid(0x10_0000_0000L | 3 << 6 | 2 << 2 | 1, 7, GUEST_ROOT).read(IOVA));
        fault(0x73, second(unit(), GUEST_ROOT, 0x10_0000_0000L | 3).read(IOVA));
        fault(0x70, second(unit(), 0x1_3000, 0x10_0000_0000L | 3).read(IOVA));
    }

    @Test
    public void firstStageFaultsAreItsOwn() {
        fault(0x71, guest(unit(), 0x1_1000 | FS, 0).read(IOVA));
        fault(0x72, guest(unit(), 0x1_1000 | FS | 0x80).read(IOVA));
        fault(0x80, unit().read(1L << 50));
        fault(0x85, guest(unit(), 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 0x5000 | FS & ~2).write(IOVA));
        fault(0x81, guest(unit(), 0x1_1000 | FS & ~4).write(IOVA));
    }

    @Test
    public void theResultMustBeMappedByTheSecondStage() {
        fault(0x79, second(unit(), 0x5000, 0).read(IOVA));
        fault(0x84, guest(unit(), 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 1L << 48 | FS).read(IOVA));
        fault(0x87, second(unit(), 0x5000, 0xfee0_0003L).read(IOVA));
    }

    @Test
    public void accessedAndDirtyBitsNeedWritePermissionInTheSecondStage() {
        TestUnit unit = second(unit(), 0x1_3000, OFFSET + 0x1_3000 | 1);
        assertEquals("nothing to update", Result.MAPPED, unit.write(IOVA).result());
        guest(unit, 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 0x5000 | FS & ~0x40);
        assertEquals("dirty is for writes", Result.MAPPED, unit.read(IOVA).result());
        fault(0x77, unit.write(IOVA));
        guest(unit, 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 0x5000 | FS & ~0x20);
        fault(0x77, unit.read(IOVA));
    }

    @Test
    public void executionIsTheFirstStagesToGrant() {
        TestUnit unit = unit().pasid(TestUnit.TABLE | 3 << 6 | 2 << 2 | 1, 7, GUEST_ROOT | 1 << 5 | 1 << 1);
        assertEquals(Permissions.ALL, unit.translate(TranslationRequest.NO_PASID, IOVA, Access.EXECUTE).permissions());
        guest(unit, 0x1_1000 | FS, 0x1_2000 | FS, 0x1_3000 | FS, 0x5000 | FS | 1L << 63);
        fault(0x82, unit.translate(TranslationRequest.NO_PASID, IOVA, Access.EXECUTE));
    }

    @Test
    public void whatTheImageLacksIsUnknown() {
        TestUnit unit = second(unit(), 0x1_3000, 0x60_0003);
        TranslationReport inner = unit.read(IOVA);
        assertEquals(Result.UNKNOWN, inner.result());
        assertEquals(Long.valueOf(0x60_0000 + (IOVA >>> 12 & 511) * 8), inner.missing());
        TranslationReport outer = unit().drop(SS_L2).read(IOVA);
        assertEquals(Long.valueOf(SS_L2), outer.missing());
    }

    @Test
    public void mappingsAreCutAtTheSecondStagesPages() {
        TestUnit unit = guest(unit(), 0x1_1000 | FS, 0x1_2000 | FS, FS | 0x80);
        second(unit, 0x7000, 0);
        List<AddressRange> ranges = new ArrayList<>();
        unit.inspector().context(TestUnit.DEVICE, TranslationRequest.NO_PASID).table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                ranges.add(new AddressRange(iova, last));
                assertEquals(OFFSET + (iova & 0x1f_ffff), output);
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long table) {
                throw new AssertionError("all tables are there");
            }
        });
        assertEquals(511, ranges.size());
        assertTrue(ranges.stream().noneMatch(r -> (r.start() & 0x1f_ffff) == 0x7000));
        assertEquals(IOVA & -(2L << 20), ranges.get(0).start());
    }
}
