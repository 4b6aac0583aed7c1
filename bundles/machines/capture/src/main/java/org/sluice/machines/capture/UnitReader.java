// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.RegisterImage;

/**
 * Reads one element of {@code units[]}. Only the registers that the description holds are known; where a register is given
 * both by name and in the register block, the two must agree.
 *
 * @param registers known 32-bit words by byte offset
 */
record UnitReader(UnitDescription unit, RegisterImage registers) {
    private static final Pattern PRINTABLE = Pattern.compile("[^\\p{Cntrl}]{1,128}");
    /** The largest register block here is the SMMUv3's 128 KiB; virtual-command and debug pages stay far below this. */
    private static final long MAX_REGISTER_OFFSET = 16 << 20;
    private static final int WORD_BITS = 32;
    private static final int MAX_REGISTER_BITS = 512;

    static UnitReader read(Attributes unit) {
        String name = unit.text("name").orElseThrow(() -> Trouble.bad("'name' is missing"));
        String type = unit.text("type").orElseThrow(() -> Trouble.bad("'type' is missing"));
        if (!PRINTABLE.matcher(name).matches() || !PRINTABLE.matcher(type).matches()) {
            throw Trouble.bad("'name' and 'type' are 1 to 128 printable characters");
        }
        long base = unit.number("mmioBase").orElse(-1L);
        long size = unit.number("mmioSize").orElse(MAX_REGISTER_OFFSET);
        Words words = new Words(Long.compareUnsigned(size, MAX_REGISTER_OFFSET) < 0 ? size : MAX_REGISTER_OFFSET);
        for (Attributes block : unit.children("registerWords")) {
            Trouble.in("registerWords", () -> words.block(block, base));
        }
        unit.child("registers").ifPresent(registers -> {
            for (String register : registers.keys()) {
                Trouble.in("register " + register, () -> words.register(registers.child(register).orElseThrow(
                        () -> Trouble.bad("is null; leave out what is not known"))));
            }
        });
        return new UnitReader(new UnitDescription(name, type, base, unit), new RegisterImage(name, words.known));
    }

    /** Collects 32-bit words and refuses contradictions. */
    private static final class Words {
        final Map<Integer, Integer> known = new TreeMap<>();
        private final long size;

        Words(long size) {
            this.size = size;
        }

        Void block(Attributes block, long base) {
            long start = block.number("start").orElseThrow(() -> Trouble.bad("'start' is missing"));
            if (base == -1) {
                throw Trouble.bad("'mmioBase' is missing, so that the block's place is not known");
            }
            List<String> words = block.texts("words");
            for (int i = 0; i < words.size(); i++) {
                put(start - base + 4L * i, word(words.get(i)));
            }
            return null;
        }

        Void register(Attributes register) {
            long offset = register.number("offset").orElseThrow(() -> Trouble.bad("'offset' is missing"));
            long bits = register.number("bits").orElseThrow(() -> Trouble.bad("'bits' is missing"));
            if (bits <= 0 || bits % WORD_BITS != 0 || bits > MAX_REGISTER_BITS) {
                throw Trouble.bad("'bits' is " + bits + ", not a multiple of 32 up to " + MAX_REGISTER_BITS);
            }
            BigInteger value = wide(register.text("value").orElseThrow(() -> Trouble.bad("'value' is missing")));
            if (value.bitLength() > bits) {
                throw Trouble.bad("'value' does not fit " + bits + " bits");
            }
            for (int word = 0; word < bits / WORD_BITS; word++) {
                put(offset + 4L * word, value.shiftRight(WORD_BITS * word).intValue());
            }
            return null;
        }

        private void put(long offset, int value) {
            if ((offset & 3) != 0 || offset < 0 || offset > size - 4) {
                throw Trouble.bad("offset " + Hex.of(offset) + " is not a 4-aligned place in the unit's registers");
            }
            Integer before = known.put((int) offset, value);
            if (before != null && before != value) {
                throw Trouble.bad("the word at offset " + Hex.of(offset) + " is given twice, with different values");
            }
        }

        private static int word(String text) {
            long value = Hex.parse(text);
            if (value >>> WORD_BITS != 0) {
                throw Trouble.bad("word " + Trouble.oneLine(text) + " does not fit 32 bits");
            }
            return (int) value;
        }

        private static BigInteger wide(String text) {
            boolean hex = text.startsWith("0x") && text.length() > 2 && text.length() <= 2 + MAX_REGISTER_BITS / 4;
            if (!hex || !text.chars().skip(2).allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80)) {
                throw Trouble.bad("'value' is not \"0x...\" of at most " + MAX_REGISTER_BITS + " bits");
            }
            return new BigInteger(text.substring(2), 16);
        }
    }
}
