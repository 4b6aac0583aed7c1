// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.FieldValue;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;

/**
 * One structure read from memory: its address, its layout and its words. Immutable. For configuration look-ups and reports; page
 * tables are walked by {@link org.sluice.kit.radix.RadixWalker}.
 */
public final class Structure {
    private final StructureLayout layout;
    private final long address;
    private final long[] words;

    private Structure(StructureLayout layout, long address, long[] words) {
        this.layout = layout;
        this.address = address;
        this.words = words;
    }

    /** A structure given by its words, 64 bits each, lowest first, as little-endian values. */
    public static Structure of(StructureLayout layout, long address, long... words) {
        return new Structure(layout, address, words.clone());
    }

    /** A structure of two words, as commands in queues are: without the copy of {@link #of(StructureLayout, long, long...)}. */
    public static Structure of(StructureLayout layout, long address, long low, long high) {
        return new Structure(layout, address, new long[] {low, high});
    }

    /** Whether the whole structure at {@code address} can be read. */
    public static Presence presence(PhysicalMemory memory, StructureLayout layout, long address) {
        return memory.presence(address, layout.bytes());
    }

    /** Reads the structure at {@code address} (8-aligned), which must be present; words are little-endian in memory. */
    public static Structure read(PhysicalMemory memory, StructureLayout layout, long address) {
        long[] words = new long[(layout.bits() + Long.SIZE - 1) / Long.SIZE];
        MemoryWindow window = memory.window(address);
        boolean inOne = window != null && window.contains(address + (long) (words.length - 1) * Long.BYTES);
        for (int i = 0; i < words.length; i++) {
            long at = address + (long) i * Long.BYTES;
            words[i] = inOne ? window.getLong(at) : memory.readLong(at);
        }
        return new Structure(layout, address, words);
    }

    public StructureLayout layout() {
        return layout;
    }

    public long address() {
        return address;
    }

    public long word(int index) {
        return words[index];
    }

    public List<Long> words() {
        List<Long> list = new ArrayList<>(words.length);
        for (long word : words) {
            list.add(word);
        }
        return list;
    }

    /** A field that lies within one word. */
    public long get(BitField field) {
        return field.get(words[field.word()]);
    }

    public boolean is(BitField flag) {
        return get(flag) != 0;
    }

    /** The address in an {@link Kind#ADDRESS} field that lies within one word. */
    public long getAddress(BitField field) {
        return field.address(words[field.word()]);
    }

    public boolean isZero() {
        for (long word : words) {
            if (word != 0) {
                return false;
            }
        }
        return true;
    }

    /** The first reserved field that is not zero, or null. */
    public FieldValue reservedViolation() {
        for (FieldValue value : decode()) {
            if (value.field().kind() == Kind.RESERVED && value.value() != 0) {
                return value;
            }
        }
        return null;
    }

    public List<FieldValue> decode() {
        return layout.decode(words());
    }

    /** Fields that say something, {@code P=1 TT=0 SSPTPTR=0x10abcd000}: one line for reports. */
    public String text() {
        StringBuilder line = new StringBuilder();
        for (FieldValue value : decode()) {
            Kind kind = value.field().kind();
            if (kind == Kind.IGNORED || kind == Kind.RESERVED && value.value() == 0) {
                continue;
            }
            line.append(line.length() == 0 ? "" : " ").append(value.field().name()).append('=').append(FieldText.of(value));
        }
        return line.toString();
    }
}
