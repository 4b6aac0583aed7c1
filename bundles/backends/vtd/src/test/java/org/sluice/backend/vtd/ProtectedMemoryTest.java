// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;

import org.junit.Test;
import org.sluice.spi.UnitModel;

/** Protected memory regions, by the offsets of the register table. */
public class ProtectedMemoryTest {
    private static final int PMEN = 0x64;
    private static final int EPM = 1 << 31;
    private static final long PLMR_PHMR = 3L << 5;

    private static UnitRig rig(TestUnit machine) {
        UnitRig rig = UnitRig.reset(machine, PLMR_PHMR);
        rig.registers.write32(0x68, 0x0060_0000);
        rig.registers.write32(0x6c, 0x007f_ffff);
        rig.registers.write64(0x70, 0x1_0000_0000L);
        rig.registers.write64(0x78, 0x1_4000_0000L);
        return rig;
    }

    @Test
    public void regionsAreBlockedWithoutARecordOnceProtectionIsOn() {
        UnitRig rig = rig(new TestUnit());
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x60_0000));
        rig.registers.write32(PMEN, EPM);
        assertEquals("EPM, PRS", EPM | 1, rig.registers.read32(PMEN));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x5f_ffff));
        assertEquals(-1, rig.write(0x60_0000));
        assertEquals(-1, rig.read(0x7f_ffff));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x80_0000));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0xffff_ffffL));
        assertEquals(-1, rig.write(0x1_0000_0000L));
        assertEquals("the last 2 MiB belong to it", -1, rig.write(0x1_401f_ffffL));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x1_4020_0000L));
        assertEquals(0, rig.registers.read32(UnitRig.FSTS));
        rig.registers.write32(PMEN, 0);
        assertEquals(0, rig.registers.read32(PMEN));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x60_0000));
    }

    /** What tables translate is theirs to protect; pass-through is not. */
    @Test
    public void passThroughIsBlockedToo() {
        UnitRig rig = rig(new TestUnit().context(2 << 2 | 1, 0x503));
        rig.registers.write64(0x20, TestUnit.ROOT);
        rig.command(UnitRig.SRTP);
        rig.command(UnitRig.TE);
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x60_0000));
        rig.registers.write32(PMEN, EPM);
        assertEquals(-1, rig.write(0x60_0000));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x80_0000));
        assertEquals(0, rig.registers.read32(UnitRig.FSTS));
    }

    @Test
    public void aUnitWithoutRegionsIgnoresTheRegisters() {
        UnitRig rig = UnitRig.reset(new TestUnit());
        rig.registers.write32(0x6c, 0x7fff_ffff);
        rig.registers.write32(PMEN, EPM);
        assertEquals(0, rig.registers.read32(PMEN));
        assertEquals(UnitModel.PASS_THROUGH, rig.write(0x60_0000));
    }
}
