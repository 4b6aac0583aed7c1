// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A structure in memory or a register as a list of named bit fields. Dump, decode, verify, documentation and
 * {@code layout-show} are generated from it.
 *
 * @param backend name of the backend that owns it
 * @param name unique within the backend, {@code context-entry}
 * @param title one line for people
 * @param bits size in bits, a multiple of 32 up to 1024
 * @param fields ascending, without overlap; bits in no field are ignored by hardware
 * @param clause specification, revision and section
 */
public record StructureLayout(String backend, String name, String title, int bits, List<BitField> fields, String clause) {
    public StructureLayout {
        fields = List.copyOf(fields);
        int free = 0;
        for (BitField field : fields) {
            if (field.low() < free || field.high() >= bits) {
                throw new IllegalArgumentException(name + "." + field.name() + " overlaps its neighbour or leaves the structure");
            }
            free = field.high() + 1;
        }
    }

    /** By its names alone: layouts serve as keys where fields need not be hashed one by one. */
    @Override
    public int hashCode() {
        return 31 * backend.hashCode() + name.hashCode();
    }

    public int bytes() {
        return bits / Byte.SIZE;
    }

    public Optional<BitField> field(String fieldName) {
        return fields.stream().filter(f -> f.name().equals(fieldName)).findFirst();
    }

    /**
     * Every field with its value.
     *
     * @param words content, 64 bits each, lowest first
     */
    public List<FieldValue> decode(List<Long> words) {
        if (words.size() * Long.SIZE < bits) {
            throw new IllegalArgumentException(name + " needs " + bits + " bits, given " + words.size() * Long.SIZE);
        }
        List<FieldValue> values = new ArrayList<>(fields.size());
        for (BitField field : fields) {
            long value = field.get(words);
            values.add(new FieldValue(field, value, field.meaningOf(value)));
        }
        return values;
    }
}
