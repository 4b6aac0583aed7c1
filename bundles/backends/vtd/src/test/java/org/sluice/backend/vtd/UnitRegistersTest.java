// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.vtd.UnitRig.FECTL;
import static org.sluice.backend.vtd.UnitRig.FSTS;
import static org.sluice.backend.vtd.UnitRig.IOTLB;
import static org.sluice.backend.vtd.UnitRig.RECORDS;

import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.layout.Registers;
import org.sluice.backend.vtd.model.VtdModel;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Seed;

/** The unit's registers: commands, tables taken over, invalidation by registers, fault records and their event. */
public class UnitRegistersTest {
    private static final long IOVA = 0x1000;

    /** Pages 0x777000 and 0x888000 at 0x1000 and 0x2000, readable; the first writable too. */
    private static TestUnit mapped() {
        return new TestUnit().secondStage().chain(TestUnit.TABLE, 4, IOVA, 0x30_0003, 0x30_1003, 0x30_2003, 0x77_7003)
                .put(0x30_2010, 0x88_8001).page(0x21_0000);
    }

    @Test
    public void afterResetRequestsPassAndEventsAreMasked() {
        UnitRig rig = UnitRig.reset(mapped());
        assertEquals(UnitModel.PASS_THROUGH, rig.read(IOVA));
        assertEquals(1 << 31, rig.registers.read32(FECTL));
        assertEquals(0, rig.registers.read32(0x1c));
        rig.registers.write64(0x08, -1);
        rig.registers.write32(0x1c, -1);
        assertEquals("capabilities and status are read-only", UnitRig.CAP, rig.registers.read64(0x08));
        assertEquals(0, rig.registers.read32(0x1c));
        assertTrue(new VtdBackend("test").model(new TestUnit().context()).orElseThrow() instanceof VtdModel);
    }

    @Test
    public void aUnitOfWhichNothingIsKnownIsNotTakenForOneAfterReset() {
        UnitContext dump = new TestUnit().context();
        UnitContext unknown = new UnitContext(dump.machine(), dump.unit(), dump.memory(), new RegisterImage("dmar0", Map.of()));
        UnitModel model = new VtdBackend("test").model(unknown).orElseThrow();
        assertTrue("fails closed", model.translate(0x10, TranslationRequest.NO_PASID, IOVA, Permissions.READ) < 0
                && model.translate(0x10, TranslationRequest.NO_PASID, IOVA, Permissions.READ) != UnitModel.PASS_THROUGH);
    }

    @Test
    public void whatIsNotModelledIsNotInTheCapabilities() {
        UnitRig rig = UnitRig.reset(mapped());
        assertEquals("SRS, EAFS", UnitRig.ECAP & ~(1L << 31 | 1L << 34), rig.registers.read64(0x10));
    }

    @Test
    public void rootTableCountsWhenItIsTakenOver() {
        UnitRig rig = UnitRig.legacy(mapped());
        assertEquals(0x77_7abc, rig.read(0x1abc));
        rig.registers.write64(0x20, 0x50_0000);
        rig.registers.write64(0x28, 1L << 63 | 1L << 61);
        rig.registers.write64(IOTLB, 1L << 63 | 1L << 60);
        assertEquals("RTADDR without SRTP has no effect", 0x77_7000, rig.read(IOVA));
        assertEquals(0xc000_0000, rig.registers.read32(0x1c));
        assertEquals("commands read as zero", 0, rig.registers.read32(0x18));
    }

    @Test
    public void staleTranslationLivesUntilItsInvalidation() {
        UnitRig rig = UnitRig.legacy(mapped());
        assertEquals(0x77_7000, rig.read(IOVA));
        rig.machine.put(0x30_2008, 0);
        assertEquals(0x77_7000, rig.write(IOVA));
        rig.registers.write64(IOTLB, 1L << 63 | 2L << 60 | 6L << 32);
        assertEquals("another domain", 0x77_7000, rig.read(IOVA));
        rig.registers.write64(IOTLB, 1L << 63 | 2L << 60 | 5L << 32);
        assertEquals("done: domain", 2L << 57 | 2L << 60 | 5L << 32, rig.registers.read64(IOTLB));
        assertEquals(-1 - 6, rig.read(IOVA));
    }

    @Test
    public void pagesOfADomainAreInvalidatedByAddressAndMask() {
        UnitRig rig = UnitRig.legacy(mapped());
        rig.read(IOVA);
        rig.read(0x2000);
        rig.machine.put(0x30_2008, 0x99_9003, 0x99_a001);
        rig.registers.write64(IOTLB - 8, IOVA);
        rig.registers.write64(IOTLB, 1L << 63 | 3L << 60 | 5L << 32);
        assertEquals(0x99_9000, rig.read(IOVA));
        assertEquals(0x88_8000, rig.read(0x2000));
        rig.registers.write64(IOTLB - 8, 0x3000 | 2);
        rig.registers.write64(IOTLB, 1L << 63 | 3L << 60 | 5L << 32);
        assertEquals("4 pages", 0x99_a000, rig.read(0x2000));
        rig.registers.write64(IOTLB - 8, 19);
        rig.registers.write64(IOTLB, 1L << 63 | 3L << 60 | 5L << 32);
        assertEquals("AM beyond MAMV: nothing done", 3L << 60 | 5L << 32, rig.registers.read64(IOTLB));
    }

    @Test
    public void contextLivesUntilItsInvalidation() {
        UnitRig rig = UnitRig.legacy(mapped());
        rig.read(IOVA);
        rig.machine.context(0x21_0001, 0x602);
        assertEquals(0x77_7000, rig.read(IOVA));
        rig.registers.write64(0x28, 1L << 63 | 3L << 61 | (0x11L << 16) | 5);
        assertEquals("another source", 0x77_7000, rig.read(IOVA));
        rig.registers.write64(0x28, 1L << 63 | 3L << 61 | 1L << 32 | (0x14L << 16) | 5);
        assertEquals("bit 2 of the source ignored", -1 - 6, rig.read(IOVA));
        assertEquals(3L << 61 | 3L << 59 | 1L << 32 | (0x14L << 16) | 5, rig.registers.read64(0x28));
    }

    /** CIRG=10 (CCMD in section 1): all of a domain, and of no other; global takes it along whatever its domain is. */
    @Test
    public void contextsGoByDomainAndGlobally() {
        for (long scope : new long[] {2, 1}) {
            UnitRig rig = UnitRig.legacy(mapped());
            rig.read(IOVA);
            rig.machine.context(0x21_0001, 0x602);
            rig.registers.write64(0x28, 1L << 63 | 2L << 61 | 6);
            assertEquals("another domain", 0x77_7000, rig.read(IOVA));
            rig.registers.write64(0x28, 1L << 63 | scope << 61 | (scope == 2 ? 5 : 6));
            assertEquals("done", scope << 59, rig.registers.read64(0x28) & 3L << 59);
            assertEquals(-1 - 6, rig.read(IOVA));
        }
    }

    @Test
    public void registersDoNotInvalidateWhileTheQueueIsInUse() {
        UnitRig rig = UnitRig.legacy(mapped()).queue(false);
        rig.registers.write64(0x28, 1L << 63 | 1L << 61);
        assertEquals("nothing done", 1L << 61, rig.registers.read64(0x28));
    }

    @Test
    public void faultIsRecordedWithSourceReasonAndAddress() {
        UnitRig rig = UnitRig.legacy(mapped());
        assertEquals(-1 - 5, rig.write(0x2abc));
        assertEquals(0x2000, rig.registers.read64(RECORDS));
        assertEquals(0x8000_0005_0000_0000L | UnitRig.RID, rig.registers.read64(RECORDS + 8));
        assertEquals(2, rig.registers.read32(FSTS));
        rig.read(0x5000);
        assertEquals(0xc000_0006_0000_0000L | UnitRig.RID, rig.registers.read64(RECORDS + 24));
    }

    @Test
    public void recordsAreUsedInTurnAndAFullOneLosesTheFault() {
        UnitRig rig = UnitRig.legacy(mapped());
        rig.read(0x5000);
        rig.read(0x6000);
        rig.read(0x7000);
        assertEquals("PFO, PPF", 3, rig.registers.read32(FSTS));
        rig.registers.write32(RECORDS + 12, 1 << 31);
        rig.read(0x8000);
        assertEquals("nothing is recorded while PFO is set", 0, rig.registers.read32(RECORDS + 12) & 1 << 31);
        rig.registers.write32(RECORDS + 28, 1 << 31);
        assertEquals(1, rig.registers.read32(FSTS));
        rig.registers.write32(FSTS, 1);
        rig.read(0x9000);
        rig.registers.write32(RECORDS + 12, 1 << 31);
        rig.read(0xa000);
        assertEquals("the second record set PPF", 1 << 8 | 2, rig.registers.read32(FSTS));
    }

    @Test
    public void eventIsSentOnceAndAMaskedOneWaits() {
        UnitRig rig = UnitRig.legacy(mapped());
        rig.registers.write32(FECTL + 4, 0x41);
        rig.registers.write32(FECTL + 8, 0xfee0_1000);
        rig.registers.write32(FECTL + 12, 0x1);
        rig.read(0x5000);
        assertEquals(0xc000_0000, rig.registers.read32(FECTL));
        rig.registers.write32(FECTL, 0);
        assertEquals(List.of("1fee01000:41"), rig.messages);
        assertEquals(0, rig.registers.read32(FECTL));
        rig.read(0x6000);
        assertEquals("PPF was set already", 1, rig.messages.size());
        rig.registers.write32(RECORDS + 12, 1 << 31);
        rig.registers.write32(RECORDS + 28, 1 << 31);
        rig.read(0x7000);
        assertEquals(2, rig.messages.size());
    }

    @Test
    public void clearedFaultTakesAMaskedEventBack() {
        UnitRig rig = UnitRig.legacy(mapped());
        rig.read(0x5000);
        rig.registers.write32(RECORDS + 12, 1 << 31);
        rig.registers.write32(FECTL, 0);
        assertEquals(List.of(), rig.messages);
    }

    /** Sheet, register table: data, address and its upper half follow each control register. */
    @Test
    public void eventRegistersFollowTheirControlRegister() {
        Map<String, Integer> controls = Map.of("FE", 0x38, "IE", 0xa0, "PE", 0xe0);
        Map<String, Integer> parts = Map.of("CTL", 0, "DATA", 4, "ADDR", 8, "UADDR", 12);
        controls.forEach((event, at) -> parts.forEach((part, distance) -> {
            Register register = Registers.ALL.stream().filter(r -> r.name().equals(event + part)).findFirst().orElseThrow();
            assertEquals(register.name(), at + distance, register.offset());
            assertEquals(register.name(), 4, register.bytes());
        }));
    }

    @Test
    public void faultDisableKeepsQualifiedFaultsOut() {
        UnitRig rig = UnitRig.legacy(new TestUnit().context(TestUnit.TABLE | 3, 0x502).page(TestUnit.TABLE));
        assertEquals(-1 - 6, rig.read(0x5000));
        assertEquals(0, rig.registers.read32(FSTS));
        assertEquals("root entries have no FPD", -1 - 1, rig.unit.translate(0x500, -1, 0, Permissions.READ));
        assertEquals(2, rig.registers.read32(FSTS));
    }

    @Test
    public void randomRegisterWritesDoNoHarm() {
        Random random = Seed.random();
        UnitRig rig = UnitRig.legacy(mapped());
        for (int i = 0; i < 20_000; i++) {
            int offset = random.nextInt(10) == 0 ? random.nextInt(0x440) * 4 : random.nextInt(0x40) * 4;
            rig.registers.write32(offset, random.nextInt() >>> random.nextInt(32));
            rig.registers.read32(offset);
            rig.read(random.nextLong() >>> random.nextInt(64));
            rig.unit.interrupt(random.nextInt(), 0xfee0_0000L | random.nextInt(1 << 20), random.nextInt() >>> random.nextInt(32));
        }
        assertEquals(UnitRig.CAP, rig.registers.read64(0x08));
    }
}
