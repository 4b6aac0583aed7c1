// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Registers of a stopped machine: 32-bit words by offset, those that are known. Read-only, immutable, thread-safe. */
public final class RegisterImage implements RegisterPort {
    private final String unit;
    private final TreeMap<Integer, Integer> words;

    /**
     * @param unit the unit's name, for messages
     * @param words known words by byte offset, each a multiple of 4
     */
    public RegisterImage(String unit, Map<Integer, Integer> words) {
        this.unit = unit;
        this.words = new TreeMap<>(words);
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        for (int at = offset; at < offset + bytes; at += 4) {
            if (!words.containsKey(at)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read32(int offset) {
        Integer word = words.get(offset);
        if (word == null) {
            throw new IommuException(IommuException.Reason.UNKNOWN_REGISTER,
                    "register " + Hex.of(offset) + " of unit " + unit + " is not in the image");
        }
        return word;
    }

    @Override
    public void write32(int offset, int value) {
        throw new IommuException(IommuException.Reason.UNSUPPORTED, "registers of unit " + unit + " are a snapshot: read-only");
    }

    /** Known words by offset, ascending. */
    public Map<Integer, Integer> words() {
        return Collections.unmodifiableMap(words);
    }
}
