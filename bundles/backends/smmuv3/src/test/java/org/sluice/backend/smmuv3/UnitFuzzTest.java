// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Reply;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Seed;

/** Whatever software writes to registers, queues and structures, the unit answers: a number, no exception, no end that does not come. */
public class UnitFuzzTest {
    private static final int STEPS = 60_000;
    private static final int[] REGISTERS = {0x20, 0x28, 0x2c, 0x44, 0x50, 0x64, 0x68, 0x70, 0x80, 0x84, 0x88, 0x90, 0x98, 0x9c, 0xa0, 0xb0, 0xb8, 0xc0, 0xd0,
        0x1_00a8, 0x1_00ac, 0x1_00c8, 0x1_00cc};

    private final Random random = Seed.random();

    /** A word that looks like something now and then: an address in memory with flags, few bits, or anything. */
    private long word() {
        return switch (random.nextInt(4)) {
            case 0 -> TestUnit.RAM + (random.nextInt((int) TestUnit.RAM_BYTES) & ~0xfff) | random.nextInt(4096);
            case 1 -> 1L << random.nextInt(64) | 1L << random.nextInt(64) | random.nextInt(16);
            case 2 -> random.nextInt(256);
            default -> random.nextLong();
        };
    }

    private long somewhere() {
        long[] places = {TestUnit.STREAMS + 64L * TestUnit.SID, TestUnit.CONTEXTS, TestUnit.ROOT, TestUnit.TABLES, UnitRig.COMMANDS};
        return places[random.nextInt(places.length)] + 8L * random.nextInt(16);
    }

    @Test
    public void everythingHasAnAnswer() {
        for (int idr0 : new int[] {UnitRig.IDR0 | UnitRig.NEVER_STALLS, -1 & ~(3 << 24) | UnitRig.NEVER_STALLS}) {
            TestUnit machine = UnitRig.full().set(IdRegisters.IDR0, idr0).plain();
            machine.set(IdRegisters.IDR5, 6 | 0xf << 4 | 1 << 10).set(IdRegisters.IDR3, -1);
            run(UnitRig.started(machine));
        }
    }

    private void run(UnitRig rig) {
        DeviceTranslation ats = rig.unit.deviceTranslation().orElseThrow();
        Reply reply = new Reply();
        for (int i = 0; i < STEPS; i++) {
            int stream = random.nextInt(8) == 0 ? random.nextInt() : TestUnit.SID;
            int pasid = random.nextInt(3) == 0 ? random.nextInt(1 << 20) : -1;
            int permission = 1 << random.nextInt(3);
            switch (random.nextInt(8)) {
                case 0 -> rig.registers.write32(REGISTERS[random.nextInt(REGISTERS.length)], (int) word());
                case 1 -> rig.machine.put(somewhere(), word());
                case 2 -> rig.submit(word() & ~0x7fL | random.nextInt(0x48), word());
                case 3 -> ats.request(stream, pasid, word(), random.nextInt(8), reply);
                case 4 -> ats.translated(stream, word(), permission);
                case 5 -> ats.pageRequest(stream, pasid, word(), random.nextInt(8), random.nextInt(512), random.nextBoolean());
                default -> {
                    long answer = rig.translate(stream, pasid, word(), permission);
                    assertTrue(Long.toHexString(answer), answer >= -256 || answer == UnitModel.PASS_THROUGH);
                }
            }
            if (i % 64 == 0) {
                rig.registers.write32(UnitRig.GERRORN, rig.registers.read32(UnitRig.GERROR));
            }
            if (i % 512 == 0) {
                rig.registers.write32(UnitRig.CR0, 0);
                rig.registers.write32(UnitRig.PROD, 0);
                rig.registers.write32(UnitRig.CONS, 0);
                rig.registers.write32(UnitRig.EVENTQ_PROD, 0);
                rig.registers.write32(UnitRig.EVENTQ_CONS, 0);
                rig.start();
            }
        }
    }
}
