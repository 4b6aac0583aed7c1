// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import java.util.Map;
import java.util.TreeMap;

/** What a process has open, by number; the lowest free number is taken. Thread-safe. */
public final class Descriptors {
    private final Map<Integer, Object> open = new TreeMap<>();

    public synchronized int add(Object what) {
        int number = 3;
        while (open.containsKey(number)) {
            number++;
        }
        open.put(number, what);
        return number;
    }

    /** What is open under that number, if it is of that type, or null. */
    public synchronized <T> T get(int number, Class<T> type) {
        Object what = open.get(number);
        return type.isInstance(what) ? type.cast(what) : null;
    }

    public synchronized void close(int number) {
        open.remove(number);
    }
}
