// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Access;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * The vectors of one unit while they are made up: tables that all of them share, and for each the entry that leads there. Not thread-safe.
 */
final class Shelf {
    /** Who confirmed what a vector expects, beside the specification it was made from. */
    static final String SPEC = "spec";
    static final String SPEC_AND_QEMU = "spec, qemu-7.2";

    private static final long PAGE = 4096;

    /** A structure of one vector. */
    record Entry(String name, long address, List<Long> words) {
    }

    /** A vector with the structures of its own. */
    record Item(String name, Access access, long iova, Map<String, Long> registers, List<Entry> entries, List<Request> requests, Answer expected,
            String clause, String witness) {
        Item(String name, Access access, long iova, Map<String, Long> registers, List<Entry> entries, Answer expected, String clause, String witness) {
            this(name, access, iova, registers, entries, List.of(), expected, clause, witness);
        }
    }

    final String folder;
    final String unit;
    /** Key under which lines tell the requester. */
    final String requesterKey;
    final int requester;
    final AddressRange ram;
    /** Registers that say what the unit can, 32-bit words by offset. */
    final Map<Integer, Integer> identity;
    /** What no register says of it. */
    final Map<String, Object> attributes;
    private final TreeMap<Long, Long> words = new TreeMap<>();
    private final List<Item> items = new ArrayList<>();
    private long next;

    Shelf(String folder, String unit, String requesterKey, int requester, AddressRange ram, Map<Integer, Integer> identity) {
        this(folder, unit, requesterKey, requester, ram, identity, Map.of());
    }

    Shelf(String folder, String unit, String requesterKey, int requester, AddressRange ram, Map<Integer, Integer> identity,
            Map<String, Object> attributes) {
        this.folder = folder;
        this.unit = unit;
        this.requesterKey = requesterKey;
        this.requester = requester;
        this.ram = ram;
        this.identity = Map.copyOf(identity);
        this.attributes = attributes;
        next = ram.start() + (1 << 20);
    }

    /** Room for a table, aligned to its size. */
    long table(long bytes) {
        long table = next + bytes - 1 & -bytes;
        next = table + bytes;
        for (long at = table; at < next; at += PAGE) {
            words.putIfAbsent(at, 0L);
        }
        return table;
    }

    long page() {
        return table(PAGE);
    }

    long get(long address) {
        return words.getOrDefault(address, 0L);
    }

    Shelf put(long address, long... values) {
        for (int i = 0; i < values.length; i++) {
            words.put(address + (long) i * Long.BYTES, values[i]);
        }
        return this;
    }

    void add(Item item) {
        items.add(item);
    }

    /** Words of the tables; each page that is in use has at least one. */
    Map<Long, Long> words() {
        return words;
    }

    List<Item> items() {
        return items;
    }

    /** What the description of the machine calls the device; functions of s390 are told by their ids. */
    DeviceId device() {
        return unit.equals(UnitOrder.ZPCI) ? DeviceId.pci(requester, 0, 0) : DeviceId.ofRequester(0, requester);
    }

    static Map<String, Long> registers(Object... namesAndValues) {
        Map<String, Long> registers = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            registers.put((String) namesAndValues[i], (Long) namesAndValues[i + 1]);
        }
        return registers;
    }
}
