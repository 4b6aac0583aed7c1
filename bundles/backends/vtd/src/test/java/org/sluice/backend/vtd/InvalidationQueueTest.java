// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.sluice.backend.vtd.UnitRig.FSTS;
import static org.sluice.backend.vtd.UnitRig.IECTL;
import static org.sluice.backend.vtd.UnitRig.IQERCD;
import static org.sluice.backend.vtd.UnitRig.IQH;
import static org.sluice.backend.vtd.UnitRig.IQT;
import static org.sluice.backend.vtd.UnitRig.QUEUE;
import static org.sluice.backend.vtd.UnitRig.STATUS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.testkit.Seed;

/** The invalidation queue: what each descriptor drops and keeps, waits, and every way to stop it. */
public class InvalidationQueueTest {
    private static final long IOVA = 0x1000;
    private static final long LEAVES = 0x30_2000;

    private static TestUnit chained(TestUnit unit, long flags) {
        return unit.chain(TestUnit.TABLE, 4, IOVA, 0x30_0000 | flags, 0x30_1000 | flags, LEAVES | flags, 0x77_7000 | flags)
                .put(LEAVES + 16, 0x88_8000 | flags);
    }

    private static UnitRig legacy() {
        return UnitRig.legacy(chained(new TestUnit().secondStage(), 3)).queue(false);
    }

    private static UnitRig secondStage() {
        return UnitRig.scalable(chained(new TestUnit().pasidSecondStage(), 3)).queue(true);
    }

    private static UnitRig firstStage() {
        return UnitRig.scalable(chained(new TestUnit().pasidFirstStage(), 0x27)).queue(true);
    }

    /** Caches both pages, then changes their leaves to 0x111000 and 0x222000. */
    private static UnitRig stale(UnitRig rig, long flags) {
        rig.read(IOVA);
        rig.read(0x2000);
        rig.machine.put(LEAVES + 8, 0x11_1000 | flags, 0x22_2000 | flags);
        return rig;
    }

    private static void stays(UnitRig rig, long... descriptor) {
        rig.done(descriptor);
        assertEquals(0x77_7000, rig.read(IOVA));
        assertEquals(0x88_8000, rig.read(0x2000));
    }

    private static void goes(UnitRig rig, long... descriptor) {
        rig.done(descriptor);
        assertEquals(0x11_1000, rig.read(IOVA));
        assertEquals(0x22_2000, rig.read(0x2000));
    }

    @Test
    public void translationsGoGloballyOrByDomain() {
        stays(stale(legacy(), 3), 0x0006_00e2, 0);
        goes(stale(legacy(), 3), 0x0005_00e2, 0);
        goes(stale(legacy(), 3), 0x12, 0);
        stays(stale(firstStage(), 0x27), 0x0006_00e2, 0, 0, 0);
        goes(stale(firstStage(), 0x27), 0x0007_00e2, 0, 0, 0);
    }

    @Test
    public void pagesGoByAddressAndMask() {
        UnitRig rig = stale(legacy(), 3);
        rig.done(0x0005_00f2, IOVA);
        assertEquals(0x11_1000, rig.read(IOVA));
        assertEquals(0x88_8000, rig.read(0x2000));
        goes(stale(legacy(), 3), 0x0005_00f2, 0x2);
    }

    @Test
    public void pagesOfADomainTakeAllItsFirstStageTranslationsAlong() {
        goes(stale(firstStage(), 0x27), 0x0007_00f2, 0x55_5000, 0, 0);
        stays(stale(firstStage(), 0x27), 0x0008_00f2, 0x55_5000, 0, 0);
        stays(stale(secondStage(), 3), 0x0007_00f2, 0x55_5000, 0, 0);
    }

    @Test
    public void translationsOfAPasidAreFirstStageOnes() {
        goes(stale(firstStage(), 0x27), 0x0007_0026, 0, 0, 0);
        stays(stale(firstStage(), 0x27), 0x3_0007_0026L, 0, 0, 0);
        stays(stale(secondStage(), 3), 0x0007_0026, 0, 0, 0);
        UnitRig rig = stale(firstStage(), 0x27);
        rig.done(0x0007_0036, IOVA, 0, 0);
        assertEquals(0x11_1000, rig.read(IOVA));
        assertEquals(0x88_8000, rig.read(0x2000));
    }

    @Test
    public void contextGoesGloballyByDomainOrDevice() {
        for (long[] test : new long[][] {{0x11, 1}, {0x0005_0021, 1}, {0x0006_0021, 0}, {0x10_0005_0031L, 1}, {0x20_0005_0031L, 0},
            {0x3_0017_0005_0031L, 1}}) {
            UnitRig rig = legacy();
            rig.read(IOVA);
            rig.machine.context(0, 0);
            rig.done(test[0], 0);
            rig.done(0x12, 0);
            assertEquals(Long.toHexString(test[0]), test[1] == 1 ? -1 - 2 : 0x77_7000, rig.read(IOVA));
        }
    }

    @Test
    public void pasidEntryGoesGloballyByDomainOrPasid() {
        for (long[] test : new long[][] {{0x37, 1}, {0x0007_0007, 1}, {0x0008_0007, 0}, {0x0007_0017, 1}, {0x1_0007_0017L, 0}}) {
            UnitRig rig = secondStage();
            rig.read(IOVA);
            rig.machine.pasid(0);
            rig.done(test[0], 0, 0, 0);
            rig.done(0x12, 0, 0, 0);
            assertEquals(Long.toHexString(test[0]), test[1] == 1 ? -1 - 0x59 : 0x77_7000, rig.read(IOVA));
        }
    }

    @Test
    public void waitWritesStatusBeforeItInterrupts() {
        UnitRig rig = legacy();
        List<Integer> seen = new ArrayList<>();
        rig.unit.setInterruptSink((address, data) -> seen.add(rig.machine.context().memory().readInt(STATUS)));
        rig.registers.write32(IECTL, 0);
        rig.done(0x0000_0001_0000_0035L, STATUS);
        assertEquals(List.of(1), seen);
        assertEquals(1, rig.registers.read32(0x9c));
        rig.done(0x0000_0002_0000_0035L, STATUS);
        assertEquals("IWC was set already", List.of(1), seen);
        rig.registers.write32(0x9c, 1);
        rig.done(0x0000_0003_0000_0035L, STATUS);
        assertEquals(List.of(1, 3), seen);
        rig.done(0x5, 0);
    }

    @Test
    public void maskedCompletionWaits() {
        UnitRig rig = legacy();
        rig.done(0x15, 0);
        assertEquals(0xc000_0000, rig.registers.read32(IECTL));
        rig.registers.write32(IECTL, 0);
        assertEquals(1, rig.messages.size());
    }

    /** IECTL is as FECTL (section 1): what is served while its event is masked leaves nothing pending. */
    @Test
    public void maskedCompletionThatWasServedIsNotSentLater() {
        UnitRig rig = legacy();
        rig.done(0x15, 0);
        rig.registers.write32(0x9c, 0);
        assertEquals("nothing was cleared", 0xc000_0000, rig.registers.read32(IECTL));
        rig.registers.write32(0x9c, 1);
        assertEquals(0x8000_0000, rig.registers.read32(IECTL));
        rig.registers.write32(IECTL, 0);
        assertEquals(0, rig.messages.size());
    }

    private static void stops(UnitRig rig, int reason, long... descriptor) {
        rig.registers.write32(UnitRig.FECTL, 0);
        rig.done(descriptor.length == 2 ? new long[] {0x12, 0} : new long[] {0x12, 0, 0, 0});
        long head = rig.registers.read64(IQH);
        rig.submit(descriptor);
        String name = Long.toHexString(descriptor[0]) + " " + Long.toHexString(descriptor[1]);
        assertEquals(name, 1 << 4, rig.registers.read32(FSTS));
        assertEquals(name, reason, rig.registers.read64(IQERCD));
        assertEquals(name, head, rig.registers.read64(IQH));
        assertEquals(name, 1, rig.messages.size());
        rig.machine.put(QUEUE + head, 0x12, 0);
        rig.submit(descriptor.length == 2 ? new long[] {0x12, 0} : new long[] {0x12, 0, 0, 0});
        assertEquals("stopped until IQE is cleared", head, rig.registers.read64(IQH));
        if (descriptor.length == 4) {
            rig.machine.put(QUEUE + head + 16, 0, 0);
        }
        rig.registers.write32(FSTS, 1 << 4);
        assertEquals(name, rig.registers.read64(IQT), rig.registers.read64(IQH));
        assertEquals(0, rig.registers.read64(IQERCD));
    }

    @Test
    public void descriptorsForWhatTheUnitLacksAreOfNoType() {
        long deviceTlbs = 1L << 2;
        long pageRequests = 1L << 29;
        for (long type : new long[] {3, 8, 9}) {
            stops(UnitRig.lacking(new TestUnit(), deviceTlbs).queue(false), 3, type, 0);
        }
        stops(UnitRig.lacking(new TestUnit(), pageRequests).queue(false), 3, 9, 0);
    }

    @Test
    public void badDescriptorStopsTheQueueUntilTheErrorIsCleared() {
        for (long type : new long[] {0, 10, 15, 0x202}) {
            stops(legacy(), 3, type | 0x10, 0);
        }
        for (long[] reserved : new long[][] {{0x52, 0x80}, {0x102, 0}, {0x2, 0}, {0x1, 0}, {0x41, 0}, {0x11, 1}, {0x32, 19}, {0x25, 1}, {0xa5, 0},
            {0x16, 0}, {0x26, 1}, {0x36, 19}, {0x27, 0}, {0x13, 0}, {0x3, 2}, {0x8, 2}, {0x9, 1}, {0x29, 0}, {0x34, 0}, {16L << 27 | 0x14, 0}}) {
            stops(legacy(), 4, reserved);
        }
        stops(legacy(), 0, 0x25, 0x60_0000);
        stops(secondStage(), 4, 0x12, 0, 1, 0);
        stops(secondStage(), 4, 0x12, 0, 0, 1);
    }

    @Test
    public void tailBeyondTheQueueAndOffTheGridAreErrors() {
        UnitRig rig = legacy();
        rig.registers.write64(IQT, 0x1000);
        assertEquals(1, rig.registers.read64(IQERCD));
        rig = secondStage();
        rig.registers.write64(IQT, 0x10);
        assertEquals(6, rig.registers.read64(IQERCD));
        assertEquals("the bit is cleared", 0, rig.registers.read64(IQT));
    }

    @Test
    public void widthAndModeMustFit() {
        UnitRig rig = UnitRig.scalable(new TestUnit()).queue(false);
        rig.submit(0x12, 0);
        assertEquals(5, rig.registers.read64(IQERCD));
        rig = UnitRig.reset(new TestUnit());
        rig.registers.write64(0x20, 2 << 10);
        rig.command(UnitRig.SRTP);
        rig.queue(true);
        assertEquals(7, rig.registers.read64(IQERCD));
    }

    @Test
    public void queueThatCannotBeReadIsAnError() {
        UnitRig rig = UnitRig.reset(new TestUnit());
        rig.registers.write64(0x90, TestUnit.RAM_LAST + 1);
        rig.command(UnitRig.QIE);
        rig.registers.write64(IQT, 16);
        assertEquals(2, rig.registers.read64(IQERCD));
    }

    @Test
    public void switchingOffWaitsForTheQueueAndRewindsIt() {
        UnitRig rig = legacy();
        rig.done(0x12, 0);
        rig.registers.write32(0x18, UnitRig.TE);
        assertEquals(0, rig.registers.read32(0x1c) & UnitRig.QIE);
        assertEquals(0, rig.registers.read64(IQH));
        rig = legacy();
        rig.submit(0, 0);
        rig.registers.write32(0x18, UnitRig.TE);
        assertEquals("a descriptor is left", UnitRig.QIE, rig.registers.read32(0x1c) & UnitRig.QIE);
    }

    /** What the base register says counts for the next tail, whatever has been executed before; either half of it. */
    @Test
    public void queueThatMovesWhileItIsOnIsReadWhereItIs() {
        UnitRig rig = legacy();
        rig.done(0x12, 0);
        rig.registers.write64(0x90, STATUS);
        rig.machine.put(STATUS + 16, 7L << 32 | 0x25, QUEUE + 0x800);
        rig.registers.write64(IQT, 32);
        assertEquals(7, rig.machine.context().memory().readInt(QUEUE + 0x800));
        rig.registers.write32(0x94, 1 << 16);
        rig.registers.write64(IQT, 48);
        assertEquals("no memory is there", 2, rig.registers.read64(IQERCD));
    }

    @Test
    public void tablesOfAnotherModeWantOtherDescriptorsAtOnce() {
        UnitRig rig = legacy();
        rig.done(0x12, 0);
        rig.registers.write64(0x20, TestUnit.ROOT | 1 << 10);
        rig.done(0x12, 0);
        rig.command(UnitRig.SRTP);
        rig.submit(0x12, 0);
        assertEquals("only now are they taken over", 5, rig.registers.read64(IQERCD));
    }

    @Test
    public void queueWrapsAround() {
        UnitRig rig = legacy();
        for (int i = 0; i < 1000; i++) {
            rig.done((long) i << 32 | 0x25, STATUS);
            assertEquals(i, rig.machine.context().memory().readInt(STATUS));
        }
    }

    @Test
    public void randomDescriptorsNeverThrow() {
        Random random = Seed.random();
        for (UnitRig rig : List.of(legacy(), secondStage())) {
            for (int i = 0; i < 20_000; i++) {
                long low = random.nextLong() & random.nextLong() & random.nextLong() & ~0xfL | random.nextInt(16);
                rig.submit(low, random.nextLong() >>> random.nextInt(64), 0, 0);
                rig.registers.write32(FSTS, 0xff);
                if (rig.registers.read64(IQH) != rig.registers.read64(IQT)) {
                    rig.machine.put(QUEUE + rig.registers.read64(IQH), 0x12, 0);
                    rig.registers.write32(FSTS, 0xff);
                }
                rig.unit.translate(UnitRig.RID, -1, random.nextInt(0x4000), Permissions.READ);
            }
        }
    }
}
