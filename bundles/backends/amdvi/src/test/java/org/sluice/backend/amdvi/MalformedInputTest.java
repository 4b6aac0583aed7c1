// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

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
        return new AmdViBackend("test");
    }

    @Override
    protected UnitDescription unit(Random generator, long root) {
        return new UnitDescription("ivhd0", "amd-vi", 0xfeb8_0000L, Attributes.EMPTY);
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        put(words, UnitRig.DEVTAB, root | generator.nextInt(16));
        put(words, UnitRig.CMD_BASE, queue | 8L << 56);
        put(words, UnitRig.EVT_BASE, queue + 0x1000 | 8L << 56);
        put(words, UnitRig.PPR_BASE, queue + 0x2000 | 8L << 56);
        put(words, UnitRig.GA_BASE, queue + 0x3000 | 8L << 56);
        put(words, Rig.CONTROL, UnitRig.ON | generator.nextInt(4) << 16 | (generator.nextBoolean() ? 1 << 13 : 0));
        put(words, Rig.EXCL_BASE, generator.nextInt(4) == 0 ? root | 1 : 0);
        put(words, Rig.EXCL_LIMIT, root + 0x3000);
        put(words, Rig.EFR, UnitRig.FEATURES);
        for (int pointer = UnitRig.CMD_HEAD; pointer <= UnitRig.GA_TAIL; pointer += 8) {
            put(words, pointer, generator.nextInt(0x1000) & -16);
        }
        put(words, UnitRig.STATUS, 0x1f & generator.nextInt());
        return words;
    }

    private static void put(Map<Integer, Integer> words, int offset, long value) {
        words.put(offset, (int) value);
        words.put(offset + 4, (int) (value >>> 32));
    }
}
