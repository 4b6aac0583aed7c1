// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

import org.sluice.api.InterruptMessage;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.InterruptEntry;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.InterruptDriver;

/**
 * Interrupt remapping (section 2.2.5): a table for each DeviceID under which messages arrive, made when its first vector is enabled.
 * Without a table every message is aborted. Devices behind one alias share its table. Not thread-safe.
 */
final class InterruptTables implements InterruptDriver {
    /** Beyond 512 the index would look like a delivery mode, unless CONTROL.NumIntRemapMode is on. */
    private static final int LOG2_ENTRIES = 9;
    private static final int ENTRIES = 1 << LOG2_ENTRIES;
    private static final int NARROW_DESTINATIONS = 256;
    private static final int VECTORS = 256;
    private static final int HIGH_DESTINATION = 24;

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final PageAllocator pages;
    private final DeviceTable devices;
    private final CommandQueue queue;
    /** The last id of a device is the one under which its messages arrive. */
    private final DeviceIds names;
    private final boolean wide;
    private final Map<Integer, Table> tables = new HashMap<>();

    private static final class Table {
        final long address;
        final BitSet used = new BitSet();
        final Map<Vector, Integer> slots = new HashMap<>();

        Table(long address) {
            this.address = address;
        }
    }

    private record Vector(DeviceId device, int index) {
    }

    InterruptTables(PhysicalMemory memory, UnitPort port, PageAllocator pages, DeviceTable devices, CommandQueue queue, DeviceIds names) {
        this.memory = memory;
        this.port = port;
        this.pages = pages;
        this.devices = devices;
        this.queue = queue;
        this.names = names;
        wide = port.feature(ControlRegisters.LONG_SUPPORTED) != 0;
    }

    private int entryBytes() {
        return wide ? InterruptEntry.LONG_BYTES : InterruptEntry.SHORT_BYTES;
    }

    private int tableShift() {
        return LOG2_ENTRIES + Integer.numberOfTrailingZeros(entryBytes());
    }

    @Override
    public InterruptMessage enable(DeviceId device, int index, int vector, int destination) {
        boolean extended = wide && port.feature(ControlRegisters.X2APIC_SUPPORTED) != 0;
        if (vector < 0 || vector >= VECTORS || index < 0 || !extended && (destination < 0 || destination >= NARROW_DESTINATIONS)) {
            throw port.failure(Reason.LIMIT, "cannot raise vector " + vector + " at processor " + Integer.toUnsignedString(destination));
        }
        int[] ids = names.of(device);
        Table table = table(ids);
        Vector name = new Vector(device, index);
        Integer known = table.slots.get(name);
        int slot = known != null ? known : table.used.nextClearBit(0);
        if (slot >= ENTRIES) {
            throw port.failure(Reason.LIMIT, "has no interrupt entry left for " + device + ": " + ENTRIES + " are in use");
        }
        write(table.address + (long) slot * entryBytes(), vector, destination);
        forget(ids);
        table.used.set(slot);
        table.slots.put(name, slot);
        return new InterruptMessage(AmdVi.INTERRUPT_WINDOW.start(), slot);
    }

    /** An entry of two words is off while its upper one changes. */
    private void write(long at, int vector, int destination) {
        if (!wide) {
            memory.writeInt(at, (int) (InterruptEntry.REMAP.put(1) | InterruptEntry.SHORT_DESTINATION.put(destination)
                    | InterruptEntry.SHORT_VECTOR.put(vector)));
            return;
        }
        long high = InterruptEntry.VECTOR.put(vector) | InterruptEntry.DESTINATION_HIGH.put(destination >>> HIGH_DESTINATION);
        if (memory.readLong(at + Long.BYTES) != high) {
            memory.writeLong(at, 0);
            memory.writeLong(at + Long.BYTES, high);
        }
        memory.writeLong(at, InterruptEntry.REMAP.put(1) | InterruptEntry.DESTINATION.put(destination));
    }

    @Override
    public void disable(DeviceId device, int index) {
        int[] ids = names.of(device);
        Table table = tables.get(ids[ids.length - 1]);
        Integer slot = table == null ? null : table.slots.remove(new Vector(device, index));
        if (slot == null) {
            return;
        }
        long at = table.address + (long) slot * entryBytes();
        if (wide) {
            memory.writeLong(at, 0);
        } else {
            memory.writeInt(at, 0);
        }
        forget(ids);
        table.used.clear(slot);
    }

    private void forget(int[] ids) {
        for (int id : ids) {
            queue.interrupts(id);
        }
        queue.complete();
    }

    private Table table(int[] ids) {
        Table table = tables.get(ids[ids.length - 1]);
        if (table == null) {
            for (int id : ids) {
                devices.require(id);
            }
            long address = pages.allocate(Math.max(tableShift(), Integer.numberOfTrailingZeros(AmdVi.PAGE_BYTES)));
            if (address == PageAllocator.NONE) {
                throw port.failure(Reason.LIMIT, "needs pages for an interrupt table, and none is left");
            }
            table = new Table(address);
            tables.put(ids[ids.length - 1], table);
        }
        long word = DeviceTable.NO_INTERRUPTS | DeviceTableEntry.INTERRUPT_LENGTH.put(LOG2_ENTRIES) | table.address
                | DeviceTableEntry.INTERRUPT_CONTROL.put(DeviceTableEntry.INTERRUPTS_REMAPPED);
        for (int id : ids) {
            if (devices.interrupts(id, word)) {
                queue.device(id);
            }
        }
        return table;
    }

    /** Gives all tables back; the device table names none of them any more, and hardware has forgotten them. */
    void release() {
        Collection<Table> all = tables.values();
        all.forEach(table -> pages.free(table.address, Math.max(tableShift(), Integer.numberOfTrailingZeros(AmdVi.PAGE_BYTES))));
        tables.clear();
    }
}
