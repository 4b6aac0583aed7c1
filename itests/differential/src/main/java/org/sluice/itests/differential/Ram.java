// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.sluice.machine.AddressRange;

/**
 * Plan of a machine's RAM, the same on both sides: low memory and tables are zero at first, and every word of the data half tells its
 * own address, so that what a device reads says from where.
 */
final class Ram {
    /** Tables from here on, relative to the start of RAM. */
    static final int TABLES = 0x10_0000;
    /** Queues and logs, which hardware writes to. */
    static final int QUEUES = 0x40_0000;
    static final int QUEUES_END = 0x60_0000;
    /** Where the device's words go when they are looked at. */
    static final int SCRATCH = 0x70_0000;
    static final int DATA = 0x80_0000;

    /** The window for graphics and boot ROMs of a PC. */
    static final int HOLE = 0xa_0000;
    static final int HOLE_END = 0x10_0000;

    private static final int MARK = 0xa000_0000;
    private static final int OFFSET_BITS = 24;

    private final AddressRange range;

    Ram(AddressRange range) {
        this.range = range;
    }

    long start() {
        return range.start();
    }

    /** Whether a device finds RAM there. */
    boolean contains(long address) {
        return range.contains(address) && !(range.start() == 0 && address >= HOLE && address < HOLE_END);
    }

    /** The word that stands at an address before anybody writes. */
    int initial(long address) {
        int offset = (int) (address - range.start());
        return offset < DATA ? 0 : MARK | offset;
    }

    long initialLong(long address) {
        return initial(address) & 0xffff_ffffL | (long) initial(address + Integer.BYTES) << 32;
    }

    /** Address of which a word read tells, or -1. */
    long source(int word) {
        int offset = word & (1 << OFFSET_BITS) - 1;
        boolean marks = (word & -1 << OFFSET_BITS) == MARK && offset >= DATA && offset % Integer.BYTES == 0;
        return marks ? range.start() + offset : -1;
    }

    void fill(ByteBuffer ram) {
        ByteBuffer words = ram.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int offset = 0; offset < range.size(); offset += Integer.BYTES) {
            words.putInt(offset, initial(range.start() + offset));
        }
    }
}
