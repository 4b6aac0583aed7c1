// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.sluice.backend.riscv.layout.Registers;
import org.sluice.kit.register.Register;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.testkit.backend.MalformedInput;

/** Any words in memory and registers, for the inspector; there is no model that could be programmed. */
public class MalformedInputTest extends MalformedInput {
    /** log2 of the entries of each queue, minus 1. */
    private static final int SIZE = 5;

    @Override
    protected Backend backend() {
        return new RiscvBackend("test");
    }

    @Override
    protected UnitDescription unit(Random generator, long root) {
        return new UnitDescription("iommu0", "riscv-iommu", 0x300_0000L, Attributes.EMPTY);
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        put(words, Registers.CAPABILITIES, TestUnit.CAPABILITIES | (generator.nextBoolean() ? TestUnit.MSI_FLAT : 0));
        put(words, Registers.FEATURES, generator.nextInt(8) == 0 ? 1 : 0);
        put(words, Registers.DIRECTORY, TestUnit.pointer(root) & -16 | 1 + generator.nextInt(4));
        put(words, Registers.COMMAND_BASE, TestUnit.pointer(queue) & -32 | SIZE);
        put(words, Registers.FAULT_BASE, TestUnit.pointer(queue) & -32 | SIZE);
        put(words, Registers.REQUEST_BASE, TestUnit.pointer(queue) & -32 | SIZE);
        for (Register index : new Register[] {Registers.COMMAND_HEAD, Registers.COMMAND_TAIL, Registers.FAULT_HEAD, Registers.FAULT_TAIL,
            Registers.REQUEST_HEAD, Registers.REQUEST_TAIL}) {
            put(words, index, generator.nextInt(2 << SIZE));
        }
        return words;
    }

    private static void put(Map<Integer, Integer> words, Register register, long value) {
        words.put(register.offset(), (int) value);
        if (register.bytes() == Long.BYTES) {
            words.put(register.offset() + 4, (int) (value >>> 32));
        }
    }
}
