// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.testkit.backend.MalformedInput;

/** Any words in memory and registers, for the inspector, for a unit that was stopped and for one that is programmed. */
public class MalformedInputTest extends MalformedInput {
    @Override
    protected Backend backend() {
        return new Smmuv3Backend("test");
    }

    @Override
    protected UnitDescription unit(Random generator, long root) {
        return new UnitDescription("smmuv3-0", "arm-smmu-v3", 0x905_0000L, Attributes.EMPTY);
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        words.put(0x00, UnitRig.IDR0);
        words.put(0x04, TestUnit.IDR1);
        words.put(0x0c, UnitRig.IDR3);
        words.put(0x14, TestUnit.IDR5);
        words.put(0x1c, 1);
        int enables = UnitRig.SMMUEN | UnitRig.EVENTQEN | UnitRig.CMDQEN | (generator.nextBoolean() ? UnitRig.PRIQEN : 0);
        words.put(UnitRig.CR0, enables);
        words.put(UnitRig.CR0ACK, enables);
        words.put(0x28, 0);
        words.put(UnitRig.CR2, generator.nextInt(8));
        words.put(UnitRig.GBPA, generator.nextBoolean() ? 1 << 20 : 0);
        words.put(UnitRig.IRQ_CTRL, 7);
        words.put(UnitRig.GERROR, generator.nextInt(8));
        words.put(UnitRig.GERRORN, generator.nextInt(8));
        put(words, 0x80, root);
        words.put(0x88, generator.nextInt(12) | 6 + 2 * generator.nextInt(3) << 6 | generator.nextInt(2) << 16);
        put(words, 0x90, queue | UnitRig.LOG2);
        put(words, 0xa0, queue + 0x1000 | UnitRig.LOG2);
        put(words, 0xc0, queue + 0x2000 | UnitRig.LOG2);
        for (int pointer : new int[] {UnitRig.PROD, UnitRig.CONS, UnitRig.EVENTQ_PROD, UnitRig.EVENTQ_CONS, UnitRig.PRIQ_PROD, UnitRig.PRIQ_CONS}) {
            words.put(pointer, generator.nextInt(2 << UnitRig.LOG2));
        }
        return words;
    }

    private static void put(Map<Integer, Integer> words, int offset, long value) {
        words.put(offset, (int) value);
        words.put(offset + 4, (int) (value >>> 32));
    }
}
