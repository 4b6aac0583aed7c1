// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.InterruptReport;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;

/** What the image does not hold is unknown and named; nothing is taken for zero. */
public class UnknownsTest {
    private static void missing(long address, TranslationReport report) {
        assertEquals(report.reason(), Result.UNKNOWN, report.result());
        assertEquals(report.reason(), Long.valueOf(address), report.missing());
    }

    private static void register(String name, TranslationReport report) {
        assertEquals(report.reason(), Result.UNKNOWN, report.result());
        assertNull(report.missing());
        assertTrue(report.reason(), report.reason().contains("register " + name));
    }

    @Test
    public void everyStructureOfALegacyLookup() {
        missing(TestUnit.ROOT, new TestUnit().drop(TestUnit.ROOT).read(0));
        missing(TestUnit.CONTEXTS + 0x100, new TestUnit().secondStage().drop(TestUnit.CONTEXTS).read(0));
        missing(TestUnit.TABLE + 8, new TestUnit().secondStage().drop(TestUnit.TABLE).read(1L << 39));
        missing(0x30_0008, new TestUnit().secondStage().put(TestUnit.TABLE, 0x30_0003).read(1 << 30));
    }

    @Test
    public void everyStructureOfAScalableLookup() {
        missing(TestUnit.ROOT, TestUnit.scalable().drop(TestUnit.ROOT).read(0));
        missing(TestUnit.CONTEXTS + 0x200, TestUnit.scalable().pasidSecondStage().drop(TestUnit.CONTEXTS).read(0));
        missing(TestUnit.DIRECTORY, TestUnit.scalable().pasidSecondStage().drop(TestUnit.DIRECTORY).read(0));
        missing(TestUnit.PASIDS, TestUnit.scalable().pasidSecondStage().drop(TestUnit.PASIDS).read(0));
        missing(TestUnit.TABLE, TestUnit.scalable().pasidSecondStage().drop(TestUnit.TABLE).read(0));
        missing(TestUnit.TABLE, TestUnit.scalable().pasidFirstStage().drop(TestUnit.TABLE).read(0));
    }

    @Test
    public void onlyWhatDependsOnARegisterIsUnknownWithoutIt() {
        TestUnit unit = new TestUnit().secondStage().chain(TestUnit.TABLE, 4, 0, 0x30_0003, 0x30_1003, 0x30_2003, 0x77_7003);
        register("GSTS", unit.forget(0x1c).read(0));
        register("RTADDR", new TestUnit().secondStage().forget(0x20).read(0));
        TestUnit noCap = new TestUnit().secondStage().forget(0x08).forget(0x0c);
        register("CAP", noCap.read(0));
        assertEquals(0x02, noCap.context(0, 0).read(0).fault().code());
        assertEquals(0x0b, noCap.context(0x11, 0x502).read(0).fault().code());
        assertEquals(0x03, noCap.context(TestUnit.TABLE | 1, 0x504).read(0).fault().code());
    }

    @Test
    public void withoutEcapLegacyTablesAreReadExceptWhereSnoopControlDecides() {
        TestUnit unit = new TestUnit().secondStage().forget(0x10).forget(0x14)
                .chain(TestUnit.TABLE, 4, 0, 0x30_0003, 0x30_1003, 0x30_2003, 0x77_7003);
        assertEquals(0x77_7000, unit.read(0).output());
        register("ECAP", unit.put(0x30_2000, 0x77_7803).read(0));
        register("ECAP", unit.context(TestUnit.TABLE | 5, 0x502).read(0));
        register("ECAP", TestUnit.scalable().pasidSecondStage().forget(0x10).read(0));
    }

    @Test
    public void contextsSayWhatTheTablesSayEvenIfItIsNotKnownWhetherTranslationIsOn() {
        RequesterContext context = new TestUnit().secondStage().forget(0x1c).inspector().context(TestUnit.DEVICE, -1);
        assertEquals(State.TRANSLATED, context.state());
        assertTrue(context.text().contains("GSTS"));
        RequesterContext off = new TestUnit().secondStage().register32(0x1c, 0).inspector().context(TestUnit.DEVICE, -1);
        assertEquals(State.PASS_THROUGH, off.state());
        assertEquals(-1L, new TestUnit().secondStage().register32(0x1c, 0).read(-1L).output());
    }

    @Test
    public void interruptEntriesAndDescriptors() {
        TestUnit unit = new TestUnit().drop(TestUnit.INTERRUPTS);
        InterruptReport report = unit.interrupt(TestUnit.DEVICE, 0xfee0_0050L, 0);
        assertEquals(InterruptReport.Result.UNKNOWN, report.result());
        assertEquals(TestUnit.INTERRUPTS + 32, report.entryAddress());
        assertTrue(report.reason(), report.reason().contains("0x140020"));
        unit.put(TestUnit.INTERRUPTS + 32, 0x0050_0000_0031_8001L, 0);
        report = unit.interrupt(TestUnit.DEVICE, 0xfee0_0050L, 0);
        assertEquals(InterruptReport.Result.UNKNOWN, report.result());
        assertTrue(report.reason(), report.reason().contains("0x500000"));
        for (int offset : new int[] {0x1c, 0xb8}) {
            assertEquals(InterruptReport.Result.UNKNOWN, new TestUnit().forget(offset).interrupt(TestUnit.DEVICE, 0xfee0_0050L, 0).result());
        }
    }

    @Test
    public void whatIsRefusedWithoutTheTableIsRefusedWithoutItsRegister() {
        TestUnit unit = new TestUnit().forget(0xb8);
        assertEquals(0x20, unit.interrupt(TestUnit.DEVICE, 0xfee0_0050L, 7).fault().code());
        assertEquals(0x25, unit.interrupt(TestUnit.DEVICE, 0xfee0_0000L, 7).fault().code());
        unit.register32(0x1c, 1 << 25 | 1 << 23);
        assertEquals(InterruptReport.Result.UNKNOWN, unit.interrupt(TestUnit.DEVICE, 0xfee0_0000L, 7).result());
    }

    @Test
    public void tablesThatAreNotInTheImageAreToldAsRanges() {
        TestUnit unit = new TestUnit().secondStage().put(TestUnit.TABLE + 8, 0x30_0003);
        List<String> unknown = new ArrayList<>();
        unit.inspector().context(TestUnit.DEVICE, -1).table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                throw new AssertionError("nothing is mapped");
            }

            @Override
            public boolean unknown(long iova, long last, long table) {
                unknown.add(Long.toHexString(iova) + "-" + Long.toHexString(last) + "@" + Long.toHexString(table));
                return true;
            }
        });
        assertEquals(List.of("8000000000-ffffffffff@300000"), unknown);
        assertTrue(unit.verify().unknown().contains(0x30_0000L));
    }

    @Test
    public void aNakedUnitAnswersUnknownEverywhereAndNeverThrows() {
        TestUnit unit = new TestUnit();
        for (int offset = 0; offset < 0x100; offset += 4) {
            unit.forget(offset);
        }
        register("GSTS", unit.read(0));
        assertEquals(InterruptReport.Result.UNKNOWN, unit.interrupt(TestUnit.DEVICE, 0xfee0_0010L, 0).result());
        assertEquals(List.of(), unit.inspector().queues());
        assertEquals(List.of(), unit.inspector().faults());
        assertTrue(unit.inspector().registers().stream().allMatch(r -> r.words().isEmpty()));
        assertEquals(List.of(), unit.verify().defects());
        List<RequesterContext> contexts = new ArrayList<>();
        unit.inspector().contexts(contexts::add);
        assertEquals(List.of(), contexts);
    }
}
