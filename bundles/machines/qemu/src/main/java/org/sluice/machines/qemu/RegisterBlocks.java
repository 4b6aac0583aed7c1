// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.RegisterImage;

/**
 * Which registers of a kind of unit are read, and how. QEMU answers one line for a run of words at one moment: no processor
 * of the guest writes a register in between. Runs are used where the device takes every access; where a register must be read
 * in its own width, each has a line of its own.
 *
 * @param runs offset and number of bytes of each line
 * @param anchors offsets of the registers that say where tables are: the same before and after, or the set is torn and read again
 */
record RegisterBlocks(List<int[]> runs, int[] anchors) {
    private static final int ATTEMPTS = 8;
    private static final int WORD = Integer.BYTES;

    /** VT-d: one run. {@code xp} refuses a line that ends beyond the block, so its size counts. */
    static RegisterBlocks vtd(long size) {
        return new RegisterBlocks(List.of(new int[] {0, (int) Math.min(size, 4096)}), new int[0]);
    }

    /** AMD-Vi: bases and control in the first page, heads, tails and status in the third. */
    static RegisterBlocks amdVi() {
        return new RegisterBlocks(List.of(new int[] {0, 0x200}, new int[] {0x2000, 0x100}), new int[] {0x0, 0x4, 0x18});
    }

    /** SMMUv3: an 8-byte access to two 4-byte registers reads as zero, so each register is read in words, one by one. */
    static RegisterBlocks smmuV3() {
        int[] words = {0x0, 0x4, 0x8, 0xc, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x40, 0x44, 0x48, 0x50, 0x54, 0x60, 0x64, 0x68, 0x6c,
            0x70, 0x74, 0x80, 0x84, 0x88, 0x90, 0x94, 0x98, 0x9c, 0xa0, 0xa4, 0xb0, 0xb4, 0xb8, 0xbc, 0x100a8, 0x100ac};
        List<int[]> runs = new ArrayList<>();
        for (int word : words) {
            runs.add(new int[] {word, WORD});
        }
        return new RegisterBlocks(runs, new int[] {0x20, 0x24, 0x80, 0x84, 0x88});
    }

    /** Reads them; what QEMU does not answer stays unknown. */
    RegisterImage read(QmpClient qmp, String unit, long base) {
        List<String> lines = new ArrayList<>();
        runs.forEach(run -> lines.add(line(base + run[0], run[1] / WORD)));
        for (int anchor : anchors) {
            lines.add(line(base + anchor, 1));
        }
        Map<Integer, Integer> words = Map.of();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<String> answers = qmp.human(lines);
            words = new HashMap<>();
            for (int i = 0; i < runs.size(); i++) {
                put(words, runs.get(i)[0], answers.get(i));
            }
            if (sameAnchors(words, answers.subList(runs.size(), answers.size()))) {
                break;
            }
            // A guest that moves its tables at every attempt leaves nothing to rely on: their place is not known.
            for (int anchor : anchors) {
                words.remove(anchor);
            }
        }
        return new RegisterImage(unit, words);
    }

    private boolean sameAnchors(Map<Integer, Integer> words, List<String> again) {
        Map<Integer, Integer> second = new HashMap<>();
        for (int i = 0; i < anchors.length; i++) {
            put(second, anchors[i], again.get(i));
        }
        for (int anchor : anchors) {
            if (words.get(anchor) == null || !words.get(anchor).equals(second.get(anchor))) {
                return false;
            }
        }
        return true;
    }

    private static String line(long address, int words) {
        return "xp /" + words + "wx 0x" + Long.toHexString(address);
    }

    /** Lines of {@code 00000000fed90000: 0x00000010 0x00000000 ...}; anything else is an answer that says why not. */
    static void put(Map<Integer, Integer> words, int offset, String answer) {
        int at = offset;
        for (String line : answer.split("\n")) {
            int colon = line.indexOf(": 0x");
            if (colon < 0) {
                return;
            }
            for (String word : line.substring(colon + 2).trim().split("\\s+")) {
                words.put(at, Integer.parseUnsignedInt(word.substring(2), 16));
                at += WORD;
            }
        }
    }
}
