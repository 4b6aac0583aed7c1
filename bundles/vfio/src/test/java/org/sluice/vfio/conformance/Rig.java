// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IoasCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.FramePool;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.ProcessMemory;
import org.sluice.vfio.memory.SharedFile;
import org.sluice.vfio.mock.FailNth;
import org.sluice.vfio.uapi.Command;
import org.sluice.vfio.uapi.CommandPort;

/** A context over some unit, a process with a buffer, and a look at what devices really reach. */
abstract class Rig implements AutoCloseable {
    static final long PAGE = 4096;
    static final int NO_PASID = TranslationRequest.NO_PASID;
    static final int BUFFER_PAGES = 16;
    static final long BUFFER_SIZE = BUFFER_PAGES * PAGE;
    /** A buffer of the process: anonymous memory, at a multiple of any page. */
    static final long BUFFER = 0x7f00_0000_0000L;
    static final int WRITE_READ = IoasCalls.WRITEABLE | IoasCalls.READABLE;
    static final int FIXED = WRITE_READ | IoasCalls.FIXED_IOVA;
    /** Where structures of commands lie. */
    private static final long ARGUMENTS = 0x10000;
    private static final long ARGUMENT_BYTES = 0x10000;
    private static final int PERMISSION_READ = 1;

    final PhysicalMemory memory;
    final FramePool pool;
    final MemoryAccount user = new MemoryAccount("user", MemoryAccount.UNLIMITED);
    final ProcessMemory process;
    private final FailNth failure = new FailNth();
    private final List<SharedFile> files = new ArrayList<>();

    Rig(PhysicalMemory memory, AddressRange frames) {
        this.memory = memory;
        this.pool = new FramePool(memory, frames);
        this.process = process("process");
    }

    /** Another process with the same layout and memory of its own. */
    final ProcessMemory process(String name) {
        ProcessMemory made = new ProcessMemory(name, pool, user, new MemoryAccount(name, MemoryAccount.UNLIMITED));
        made.map(BUFFER, BUFFER_SIZE, true);
        made.map(ARGUMENTS, ARGUMENT_BYTES, true);
        return made;
    }

    /** Makes something below the front-end fail. */
    final FailNth failure() {
        return failure;
    }

    abstract IommufdContext context();

    /** What is below the front-end, mapping by mapping: equal if and only if nothing has changed. */
    abstract Map<String, Object> tables();

    abstract DeviceId device(int index);

    /** How many devices there are from index 0 on. */
    abstract int devices();

    /** Where an access of a device goes, or -1. */
    abstract long translate(DeviceId device, int pasid, long iova, int permission);

    abstract long granule();

    abstract AddressRange aperture();

    /** An address at which tests may map a few megabytes. */
    abstract long base();

    final CommandPort commands() {
        return new CommandPort(context());
    }

    final Arguments arguments(Command command) {
        return new Arguments(this, command);
    }

    static long argumentAddress() {
        return ARGUMENTS;
    }

    /** Binds and attaches a device to a space or table; its id. */
    final int attach(int index, int target) {
        int id = context().devices().bind(device(index), true);
        context().devices().attach(id, target);
        return id;
    }

    /** Pages that follow one another get frames that do not. */
    final void scatter() {
        for (long at = BUFFER + BUFFER_SIZE - PAGE; at >= BUFFER; at -= PAGE) {
            process.write(at, new byte[1], 0, 1);
        }
    }

    /** The frame that the process has at an address. */
    final long physical(ProcessMemory of, long address) {
        long frame = of.pin(address & -PAGE, true);
        of.unpin(frame);
        return frame + (address & PAGE - 1);
    }

    /** What a device reaches in the range is what the process has there. */
    final void verify(DeviceId device, long iova, long address, long length) {
        for (long at = 0; at < length; at += granule()) {
            assertEquals("device at iova " + Long.toHexString(iova + at), physical(process, address + at),
                    translate(device, NO_PASID, iova + at, PERMISSION_READ));
        }
    }

    final void verifyAbsent(DeviceId device, long iova, long length) {
        for (long at = 0; at < length; at += granule()) {
            assertEquals("device at iova " + Long.toHexString(iova + at), -1, translate(device, NO_PASID, iova + at, PERMISSION_READ));
        }
    }

    static VfioException assertErrno(Errno errno, Runnable work) {
        VfioException refused = assertThrows(VfioException.class, work::run);
        assertEquals(refused.getMessage(), errno, refused.errno());
        return refused;
    }

    /** Nothing is left of anything: no pin, no charge, no frame of a process that has ended. */
    @Override
    public void close() {
        context().close();
        assertEquals("pins", 0, pool.pinned());
        assertEquals("charged to the user", 0, user.used());
        assertEquals("counted as pinned", 0, process.pinned());
        process.exit();
        files.forEach(file -> file.truncate(0));
        assertEquals("frames", 0, pool.used());
    }

    /** A file that ends with the rig. */
    final SharedFile file(long size) {
        SharedFile file = new SharedFile(pool, size);
        files.add(file);
        return file;
    }
}
