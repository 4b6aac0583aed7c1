// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;

/**
 * Finds ACPI tables in the memory of a PC: the root pointer by its signature in the BIOS area, from there the list of
 * tables. What the image does not hold is told and not guessed. A machine started by UEFI may keep its root pointer
 * elsewhere; then nothing is found, unless it is told where that is. Source: ACPI 6.5, section 5.2.5.
 */
public final class AcpiSearch {
    private static final long BIOS_START = 0xe0000;
    private static final long BIOS_LAST = 0xfffff;
    /** Real-mode segment of the extended BIOS data area, whose first KiB may hold the pointer. */
    private static final long EBDA_POINTER = 0x40e;
    private static final int EBDA_BYTES = 1024;
    private static final int STEP = 16;
    private static final byte[] SIGNATURE = "RSD PTR ".getBytes(StandardCharsets.US_ASCII);
    private static final int POINTER_BYTES = 20;
    private static final int LONG_POINTER_BYTES = 36;
    private static final int MAX_TABLES = 256;
    private static final int MAX_TOTAL = 8 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Z0-9_ ]{4}");

    private final PhysicalMemory memory;
    private final List<FirmwareTable> tables = new ArrayList<>();
    private final List<Long> missing = new ArrayList<>();
    private int total;

    private AcpiSearch(PhysicalMemory memory) {
        this.memory = memory;
    }

    /**
     * What was found.
     *
     * @param tables tables in the list's order; without bytes where the image lacks some of them
     * @param missing addresses of tables of which not even the header is in the image
     */
    public record Found(List<FirmwareTable> tables, List<Long> missing) {
        public Found {
            tables = List.copyOf(tables);
            missing = List.copyOf(missing);
        }
    }

    /** Looks through at most 129 KiB, and at no more than 256 tables. */
    public static Found in(PhysicalMemory memory) {
        AcpiSearch search = new AcpiSearch(memory);
        long pointer = search.pointer(BIOS_START, BIOS_LAST);
        if (pointer < 0 && search.present(EBDA_POINTER, 2)) {
            long ebda = search.number(EBDA_POINTER, 2) << 4;
            pointer = search.pointer(ebda, ebda + EBDA_BYTES - 1);
        }
        if (pointer >= 0) {
            search.list(pointer);
        }
        return new Found(search.tables, search.missing);
    }

    /** As {@link #in}, from a root pointer that somebody has found; nothing if there is none at that address. */
    public static Found at(PhysicalMemory memory, long pointer) {
        AcpiSearch search = new AcpiSearch(memory);
        if (search.present(pointer, POINTER_BYTES) && search.hasSignature(pointer) && search.sumsToZero(pointer, POINTER_BYTES)) {
            search.list(pointer);
        }
        return new Found(search.tables, search.missing);
    }

    private long pointer(long start, long last) {
        for (long at = start; at + POINTER_BYTES - 1 <= last; at += STEP) {
            if (present(at, POINTER_BYTES) && hasSignature(at) && sumsToZero(at, POINTER_BYTES)) {
                return at;
            }
        }
        return -1;
    }

    private void list(long pointer) {
        boolean wide = number(pointer + 15, 1) >= 2 && present(pointer, LONG_POINTER_BYTES)
                && sumsToZero(pointer, LONG_POINTER_BYTES) && number(pointer + 24, 8) != 0;
        byte[] list = table(wide ? number(pointer + 24, 8) : number(pointer + 16, 4));
        int entry = wide ? Long.BYTES : Integer.BYTES;
        for (int at = AcpiHeader.BYTES; at + entry <= list.length && at < AcpiHeader.BYTES + MAX_TABLES * entry; at += entry) {
            long address = 0;
            for (int i = entry - 1; i >= 0; i--) {
                address = address << 8 | list[at + i] & 0xff;
            }
            add(address);
        }
    }

    private void add(long address) {
        if (!present(address, AcpiHeader.BYTES)) {
            missing.add(address);
            return;
        }
        String name = new String(bytes(address, 4), StandardCharsets.ISO_8859_1);
        if (NAME.matcher(name).matches()) {
            byte[] bytes = table(address);
            total += bytes.length;
            tables.add(new FirmwareTable(name, total <= MAX_TOTAL ? bytes : new byte[0]));
        }
    }

    /** The table at {@code address}, or no bytes if the image lacks some of them or its length makes no sense. */
    private byte[] table(long address) {
        if (!present(address, AcpiHeader.BYTES)) {
            return new byte[0];
        }
        long length = number(address + 4, 4);
        boolean whole = length >= AcpiHeader.BYTES && length <= TableBytes.MAX_BYTES && present(address, (int) length);
        return whole ? bytes(address, (int) length) : new byte[0];
    }

    private boolean present(long address, int bytes) {
        return PhysicalMemory.ADDRESSABLE.contains(address) && memory.presence(address, bytes) == Presence.PRESENT;
    }

    private boolean hasSignature(long at) {
        for (int i = 0; i < SIGNATURE.length; i++) {
            if (memory.readByte(at + i) != SIGNATURE[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean sumsToZero(long at, int bytes) {
        int sum = 0;
        for (int i = 0; i < bytes; i++) {
            sum += memory.readByte(at + i);
        }
        return (sum & 0xff) == 0;
    }

    private long number(long at, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << 8 | memory.readByte(at + i) & 0xff;
        }
        return value;
    }

    private byte[] bytes(long at, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = memory.readByte(at + i);
        }
        return bytes;
    }
}
