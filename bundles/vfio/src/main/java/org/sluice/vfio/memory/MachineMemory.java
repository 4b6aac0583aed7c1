// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import java.util.HashMap;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * Memory of a machine as its owner sees it: address 0 is the first byte of a range of RAM, which is always in place. Machines whose RAM
 * lies over direct buffers or mapped files make these buffers mappable so. Thread-safe.
 */
public final class MachineMemory extends AccountedMemory {
    private final AddressRange range;
    private final FrameAccess frames;
    private final Map<Long, Integer> pins = new HashMap<>();

    /** @param range RAM, whole pages */
    public MachineMemory(PhysicalMemory memory, AddressRange range, MemoryAccount user, MemoryAccount process) {
        super("memory " + range, user, process);
        this.range = range;
        this.frames = new FrameAccess(memory);
    }

    @Override
    public synchronized long pin(long address, boolean write) {
        long physical = physical(address, PAGE);
        pins.merge(physical, 1, Integer::sum);
        return physical;
    }

    @Override
    public synchronized void unpin(long physical) {
        Integer before = pins.get(physical);
        if (before == null) {
            throw new IllegalStateException("page " + Long.toHexString(physical) + " has no pin");
        }
        pins.computeIfPresent(physical, (page, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public void read(long address, byte[] into, int offset, int length) {
        frames.read(physical(address, length), into, offset, length);
    }

    @Override
    public void write(long address, byte[] from, int offset, int length) {
        frames.write(physical(address, length), from, offset, length);
    }

    @Override
    public void readPinned(long physical, byte[] into, int offset, int length) {
        frames.read(physical, into, offset, length);
    }

    @Override
    public void writePinned(long physical, byte[] from, int offset, int length) {
        frames.write(physical, from, offset, length);
    }

    private long physical(long address, int length) {
        long size = range.size();
        if (Long.compareUnsigned(address, size) >= 0 || Long.compareUnsigned(length, size - address) > 0) {
            throw new VfioException(Errno.EFAULT, name() + " has no " + length + " bytes at offset 0x" + Long.toHexString(address));
        }
        return range.start() + address;
    }
}
