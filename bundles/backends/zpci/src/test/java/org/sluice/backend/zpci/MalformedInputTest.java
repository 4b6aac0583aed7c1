// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.testkit.backend.MalformedInput;

/** Any words in tables and blocks, any anchor in the description, and any instruction. */
public class MalformedInputTest extends MalformedInput {
    private static final int[] INSTRUCTIONS = {InstructionBlock.CLP, InstructionBlock.RPCIT, InstructionBlock.MPCIFC, InstructionBlock.STPCIFC,
        InstructionBlock.CHSC, 0};

    @Override
    protected Backend backend() {
        return new ZpciBackend("test");
    }

    /** Three functions with anchors of all types at tables of random words; the DMA range holds most addresses, or few. */
    @Override
    protected UnitDescription unit(Random generator, long root) {
        List<Object> functions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long anchor = root & ~0x3fffL | (generator.nextInt(8) << 2) | (generator.nextInt(4) == 0 ? 0 : 0x800) | (generator.nextInt(4) == 0 ? 0x200 : 0);
            Map<String, Object> function = new HashMap<>(Map.of("device", "0000:%02x:%02x.0".formatted(i, i), "fid", Hex.of(i * 0x108),
                    "pba", "0x0", "pal", Hex.of(generator.nextBoolean() ? -1L >>> 1 : 0x1fff_ffffL)));
            function.put("iota", generator.nextInt(6) == 0 ? null : Hex.of(anchor));
            functions.add(function);
        }
        return new UnitDescription("zpci0", "s390-zpci", -1, new Attributes(Map.of("functions", functions,
                "group", Map.of("refresh", generator.nextBoolean(), "frames", true))));
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        words.put(InstructionBlock.INSTRUCTION.offset(), INSTRUCTIONS[generator.nextInt(INSTRUCTIONS.length)] << 16 | 2);
        // Handle above, operation below; or the address of a block.
        words.put(InstructionBlock.OPERAND_1.offset(), generator.nextBoolean() ? generator.nextInt(8) : (int) queue);
        words.put(InstructionBlock.OPERAND_1.offset() + 4, generator.nextInt(4) | 1 << 31);
        words.put(InstructionBlock.OPERAND_2.offset(), (int) queue);
        words.put(InstructionBlock.OPERAND_2.offset() + 4, 0);
        words.put(InstructionBlock.OPERAND_3.offset(), generator.nextInt(16) << 12);
        words.put(InstructionBlock.OPERAND_3.offset() + 4, 0);
        words.put(InstructionBlock.STORAGE.offset(), (int) root);
        words.put(InstructionBlock.STORAGE.offset() + 4, 0);
        return words;
    }
}
