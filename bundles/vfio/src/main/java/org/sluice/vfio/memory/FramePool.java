// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * Frames of a machine's memory for processes and files. A frame has owners (page tables, files) and pins; it is free again when it has
 * neither. Thread-safe.
 */
public final class FramePool {
    private final PhysicalMemory memory;
    private final FrameAccess access;
    private final long start;
    private final int[] owners;
    private final int[] pins;
    private int next;
    private int used;
    private long pinned;

    /** @param frames writable memory that nobody else uses, whole pages */
    public FramePool(PhysicalMemory memory, AddressRange frames) {
        this.memory = memory;
        this.access = new FrameAccess(memory);
        this.start = frames.start();
        this.owners = new int[Math.toIntExact(frames.size() / PinSource.PAGE)];
        this.pins = new int[owners.length];
    }

    /** A frame of zeros with one owner: the lowest free one after the last, so that pages in a row mostly get frames in a row. */
    public synchronized long allocate() {
        for (int tried = 0; tried < owners.length; tried++) {
            int frame = (next + tried) % owners.length;
            if (owners[frame] == 0 && pins[frame] == 0) {
                owners[frame] = 1;
                next = frame + 1;
                used++;
                clear(address(frame));
                return address(frame);
            }
        }
        throw new VfioException(Errno.ENOMEM, "all " + owners.length + " frames are in use");
    }

    public synchronized void own(long physical) {
        owners[index(physical)]++;
    }

    /** Takes an owner away. */
    public synchronized void disown(long physical) {
        int frame = index(physical);
        owners[frame]--;
        freed(frame);
    }

    public synchronized void pin(long physical) {
        pins[index(physical)]++;
        pinned++;
    }

    public synchronized void unpin(long physical) {
        int frame = index(physical);
        if (pins[frame] == 0) {
            throw new IllegalStateException("frame " + Long.toHexString(physical) + " has no pin");
        }
        pins[frame]--;
        pinned--;
        freed(frame);
    }

    /** Owners of a frame; more than one means that a write must copy it. */
    public synchronized int owners(long physical) {
        return owners[index(physical)];
    }

    /** Pins on one frame. */
    public synchronized int pins(long physical) {
        return pins[index(physical)];
    }

    /** Pins on all frames. */
    public synchronized long pinned() {
        return pinned;
    }

    /** Frames with an owner or a pin. */
    public synchronized int used() {
        return used;
    }

    public void read(long physical, byte[] into, int offset, int length) {
        access.read(physical, into, offset, length);
    }

    public void write(long physical, byte[] from, int offset, int length) {
        access.write(physical, from, offset, length);
    }

    private void clear(long physical) {
        memory.window(physical).clear(physical, PinSource.PAGE);
    }

    private void freed(int frame) {
        if (owners[frame] == 0 && pins[frame] == 0) {
            used--;
        }
    }

    private long address(int frame) {
        return start + (long) frame * PinSource.PAGE;
    }

    private int index(long physical) {
        return Math.toIntExact((physical - start) / PinSource.PAGE);
    }

    @Override
    public String toString() {
        return used() + " of " + owners.length + " frames in use, " + pinned() + " pins";
    }
}
