// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

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
        return new VtdBackend("test");
    }

    @Override
    protected UnitDescription unit(Random generator, long root) {
        return new UnitDescription("dmar0", "intel-vtd", 0xfed9_0000L, Attributes.EMPTY);
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        put(words, 0x00, 0x40);
        put(words, 0x08, TestUnit.CAP);
        put(words, 0x10, TestUnit.ECAP | 0x50L << 8);
        // TE, SRTP, QIE, IRE, SIRTP: commands and their status.
        words.put(0x18, 0xc700_0000 & -(generator.nextInt(4) + 1));
        words.put(0x1c, 0xc700_0000);
        put(words, 0x20, root | (generator.nextBoolean() ? 1 << 10 : 0));
        put(words, 0x80, generator.nextInt(0x1000) & -32);
        put(words, 0x88, generator.nextInt(0x1000) & -32);
        put(words, 0x90, queue | (generator.nextBoolean() ? 1 << 11 : 0));
        put(words, 0xb8, queue | generator.nextInt(16));
        put(words, 0xc0, generator.nextInt(0x1000) & -32);
        put(words, 0xd0, queue);
        words.put(0x64, 1 << 31);
        for (int record = 0x220; record < 0x2a0; record += 4) {
            words.put(record, generator.nextInt());
        }
        return words;
    }

    private static void put(Map<Integer, Integer> words, int offset, long value) {
        words.put(offset, (int) value);
        words.put(offset + 4, (int) (value >>> 32));
    }
}
