// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.UnitRig.CMD_BASE;
import static org.sluice.backend.amdvi.UnitRig.CMD_HEAD;
import static org.sluice.backend.amdvi.UnitRig.CMD_TAIL;
import static org.sluice.backend.amdvi.UnitRig.EVT_BASE;
import static org.sluice.backend.amdvi.UnitRig.EVT_HEAD;
import static org.sluice.backend.amdvi.UnitRig.EVT_TAIL;
import static org.sluice.backend.amdvi.UnitRig.ON;
import static org.sluice.backend.amdvi.UnitRig.STATUS;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.model.AmdViModel;
import org.sluice.backend.amdvi.model.AmdViUnit;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;

/** Registers of a unit from reset on: sheet section 1. */
public class UnitRegistersTest {
    private static final int RUN = 1 << 3 | 1 << 4;

    @Test
    public void afterResetOnlyFeaturesAreSet() {
        UnitRig rig = new UnitRig();
        for (int at = 0; at < 0x3000; at += 8) {
            long expected = at == Rig.EFR ? UnitRig.FEATURES : at == Rig.EXCL_LIMIT ? 0xfff : 0;
            assertEquals("offset " + Integer.toHexString(at), expected, rig.registers.read64(at));
        }
        assertTrue(rig.registers.isKnown(0x3ff8, 8));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0xffff_ffff_ffff_f000L));
    }

    @Test
    public void eachRegisterTakesItsFieldsOnly() {
        UnitRig rig = new UnitRig();
        long[][] masks = {{UnitRig.DEVTAB, 0x000f_ffff_ffff_f1ffL}, {CMD_BASE, 0x0f0f_ffff_ffff_f000L}, {EVT_BASE, 0x0f0f_ffff_ffff_f000L},
            {UnitRig.PPR_BASE, 0x0f0f_ffff_ffff_f000L}, {UnitRig.GA_BASE, 0x0f0f_ffff_ffff_f000L}, {0xe8, 0x000f_ffff_ffff_fff8L},
            {Rig.EXCL_BASE, 0x000f_ffff_ffff_f003L}, {Rig.EXCL_LIMIT, 0x000f_ffff_ffff_ffffL}, {0x100, 0x000f_ffff_ffff_f0ffL},
            {0x130, 0x000f_ffff_ffff_f0ffL}, {CMD_HEAD, 0x7fff0}, {CMD_TAIL, 0x7fff0}, {EVT_HEAD, 0x7fff0}, {EVT_TAIL, 0x7fff0},
            {UnitRig.PPR_HEAD, 0x7fff0}, {UnitRig.PPR_TAIL, 0x7fff0}, {UnitRig.GA_HEAD, 0xfff8}, {UnitRig.GA_TAIL, 0xfff8},
            {Rig.EFR, UnitRig.FEATURES}, {0x170, 0xff00_01ff_ffff_ff04L}, {0x160, 0xffff_ffffL | 0xffffL << 32}, {STATUS, 0}};
        for (long[] mask : masks) {
            rig.registers.write64((int) mask[0], -1);
            assertEquals(Long.toHexString(mask[0]), Long.toHexString(mask[1]), Long.toHexString(rig.registers.read64((int) mask[0])));
        }
    }

    @Test
    public void controlTakesWhatTheUnitHas() {
        UnitRig rig = new UnitRig();
        rig.registers.write64(Rig.CONTROL, -2);
        // HtTunEn to InvTimeOut, PassPW to PPREn, GTEn, GAEn, CRW, GAMEn, GALogEn, GAIntEn, DevTblSegEn, HADUpdate, XTEn, IntCapXTEn.
        assertEquals("cc01c3e3ffffe", Long.toHexString(rig.registers.read64(Rig.CONTROL)));
        UnitRig plain = new UnitRig(0);
        plain.registers.write64(Rig.CONTROL, -2);
        assertEquals("3c1ffe", Long.toHexString(plain.registers.read64(Rig.CONTROL)));
        plain.registers.write64(0x100, -1);
        assertEquals(0, plain.registers.read64(0x100));
    }

    @Test
    public void whatIsNotModelledIsNotAnnounced() {
        UnitRig rig = new UnitRig(-1L);
        // HE, PC, SMI filter, GAPPI, second logs, SATS, US, early overflow, automatic answers, MARC, marks, virtual IOMMU, SNP, ...
        assertEquals(0, rig.registers.read64(Rig.EFR) & (1L << 5 | 3L << 8 | 0x1fL << 16 | 3L << 24 | 3L << 28 | 1L << 31 | 1L << 37 | 0x3fL << 40
                | 1L << 47 | 1L << 50 | 1L << 55 | 0x3fL << 55 & ~(1L << 61) | 3L << 62));
        assertEquals(UnitRig.FEATURES, rig.registers.read64(Rig.EFR) & UnitRig.FEATURES);
    }

    @Test
    public void bufferAndLogRunOnlyWhileTheUnitIsOn() {
        UnitRig rig = new UnitRig();
        rig.registers.write64(CMD_BASE, UnitRig.COMMANDS | UnitRig.LENGTH);
        rig.registers.write64(EVT_BASE, UnitRig.EVENTS | UnitRig.LENGTH);
        rig.registers.write64(Rig.CONTROL, ON & ~1);
        assertEquals(0, rig.registers.read32(STATUS));
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(RUN, rig.registers.read32(STATUS));
        rig.registers.write64(Rig.CONTROL, ON & ~(1 << 12));
        assertEquals(1 << 3, rig.registers.read32(STATUS));
        rig.registers.write64(Rig.CONTROL, ON & ~(1 << 2));
        assertEquals(1 << 4, rig.registers.read32(STATUS));
    }

    @Test
    public void buffersOfReservedLengthDoNotRun() {
        UnitRig rig = new UnitRig();
        rig.registers.write64(CMD_BASE, UnitRig.COMMANDS | 7L << 56);
        rig.registers.write64(EVT_BASE, UnitRig.EVENTS);
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(0, rig.registers.read32(STATUS));
        rig.registers.write64(CMD_TAIL, 16);
        assertEquals(0, rig.registers.read64(CMD_HEAD));
    }

    @Test
    public void aNewBaseTakesThePointersBack() {
        UnitRig rig = UnitRig.on();
        rig.done(0x310, 0x2000_0000, 0, 0);
        assertEquals(16, rig.registers.read64(CMD_HEAD));
        rig.registers.write64(CMD_BASE, UnitRig.COMMANDS | UnitRig.LENGTH);
        assertEquals(0, rig.registers.read64(CMD_HEAD));
        assertEquals(0, rig.registers.read64(CMD_TAIL));
        rig.device(1 | 1 << 2);
        rig.read(0);
        assertEquals(16, rig.registers.read64(EVT_TAIL));
        rig.registers.write64(EVT_BASE, UnitRig.EVENTS | UnitRig.LENGTH);
        assertEquals(0, rig.registers.read64(EVT_TAIL));
    }

    @Test
    public void registersCanBeWrittenAsHalves() {
        UnitRig rig = new UnitRig().mapped();
        rig.registers.write32(UnitRig.DEVTAB, (int) Rig.DEVICE_TABLE | 7);
        rig.registers.write32(UnitRig.DEVTAB + 4, 0);
        rig.registers.write32(Rig.CONTROL, 1);
        assertEquals(0x77_7010, rig.read(0x10));
        rig.registers.write32(Rig.CONTROL + 4, 0);
        assertEquals(0x77_7010, rig.read(0x10));
        rig.registers.write32(Rig.CONTROL, 0);
        assertEquals(UnitModel.PASS_THROUGH, rig.read(0x10));
    }

    @Test
    public void statusIsClearedByWritingOnes() {
        UnitRig rig = UnitRig.on().device(1 | 1 << 2);
        rig.read(0);
        rig.done(0x2, 0x1000_0000, 0, 0);
        assertEquals(RUN | 0b110, rig.registers.read32(STATUS));
        rig.registers.write64(STATUS, 0b100);
        assertEquals(RUN | 0b010, rig.registers.read32(STATUS));
        rig.registers.write64(STATUS, -1);
        assertEquals("run bits are read-only", RUN, rig.registers.read32(STATUS));
    }

    @Test
    public void theExclusionRangePassesWithItsLastPage() {
        UnitRig rig = UnitRig.on().device(Rig.DTE, 1L << 39);
        rig.registers.write64(Rig.EXCL_LIMIT, 0x5_0000);
        rig.registers.write64(Rig.EXCL_BASE, 0x4_0000 | 1);
        rig.device(1, 1L << 39);
        rig.done(0x310, 0x2000_0000, 0, 0);
        assertEquals(UnitModel.PASS_THROUGH, rig.read(0x4_0000));
        assertEquals(UnitModel.PASS_THROUGH, rig.read(0x5_0fff));
        assertEquals(-3, rig.read(0x5_1000));
        assertEquals(-3, rig.read(0x3_ffff));
        rig.registers.write64(Rig.EXCL_BASE, 0x4_0000);
        assertEquals("takes effect at once", -3, rig.read(0x4_0000));
        rig.device(1);
        rig.done(0x310, 0x2000_0000, 0, 0);
        rig.registers.write64(Rig.EXCL_BASE, 0x4_0000 | 1);
        assertEquals("EX=0", -3, rig.read(0x4_0000));
        rig.registers.write64(Rig.EXCL_BASE, 0x4_0000 | 3);
        assertEquals("Allow", UnitModel.PASS_THROUGH, rig.read(0x4_0000));
    }

    @Test
    public void segmentsOfTheDeviceTable() {
        UnitRig rig = new UnitRig().mapped();
        rig.start(1L << 34);
        assertEquals(0x77_7000, rig.read(0));
        // 8xxx is in segment 1, entry 0x10.
        rig.put(0x3_0000 + 0x10 * 32, Rig.DTE | 1 << 9 | 0x2_0000, 5);
        rig.registers.write64(0x100, 0x3_0000);
        assertEquals(0x77_7000, rig.unit.translate(0x8010, Rig.NO_PASID, 0, Permissions.READ));
        assertEquals("beyond its 128 entries", -2, rig.unit.translate(0x8080, Rig.NO_PASID, 0, Permissions.READ));
    }

    @Test
    public void aStoppedMachinesUnitStaysAsItWas() {
        for (String name : Captures.AMDVI) {
            try (OpenCapture capture = new OpenCapture(name)) {
                assertTrue(new AmdViBackend("test").model(capture.context).orElseThrow() instanceof AmdViModel);
            }
        }
        Rig nothing = new Rig().forget(Rig.CONTROL);
        UnitContext context = nothing.context();
        assertTrue("of which little is known", new AmdViBackend("test").model(context).orElseThrow() instanceof AmdViModel);
        assertTrue(new AmdViBackend("test").model(new Rig().register(0, 0).register(Rig.CONTROL, 0).context()).orElseThrow() instanceof AmdViUnit);
    }

    @Test
    public void theUnitsOwnInterruptsUseTheMessageThatIsProgrammed() {
        UnitRig rig = UnitRig.on().device(1 | 1 << 2);
        rig.read(0);
        assertEquals("not wanted", List.of(), rig.messages);
        rig.registers.write64(Rig.CONTROL, ON | 1 << 3);
        rig.read(0);
        assertEquals("not programmed", List.of(), rig.messages);
        rig.registers.write32(0x15c, 0xfee0_1000);
        rig.registers.write32(0x164, 0x41);
        rig.read(0);
        assertEquals(List.of("0xfee01000 0x41"), rig.messages);
        rig.registers.write64(0x170, 0x0100_0055_0000_0204L);
        rig.registers.write64(Rig.CONTROL, ON | 1 << 3 | 1L << 51);
        rig.read(0);
        assertEquals("destination 0x1000002, logical, vector 0x55", "0x1000000fee02004 0x4055", rig.messages.get(1));
        assertEquals(4, rig.events().size());
    }
}
