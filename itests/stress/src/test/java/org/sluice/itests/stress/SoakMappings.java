// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.util.List;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IoasCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.MachineMemory;
import org.sluice.vfio.memory.MemoryAccount;

/** One way to map the machine's RAM for two devices: {@link Direct} or {@link Vfio}. Thread-safe. */
interface SoakMappings {
    List<DeviceId> DEVICES = List.of(Platform.NIC, Platform.ENGINE);

    /** Whether it was mapped; else something is there already. */
    boolean map(long iova, long output, long size);

    /** Bytes removed. */
    long unmap(long iova, long size);

    /** Removes part of a mapping; 0 if this way cannot. */
    long cut(long iova, long size);

    /** Pages pinned and pages charged for; -1 where nobody pins. */
    long pinned();

    /** Blocks the devices and gives everything back. */
    void end();

    /** Through an address space of the platform. */
    final class Direct implements SoakMappings {
        private final Platform platform;
        private final AddressSpace space;

        Direct(Platform platform, AddressSpace space) {
            this.platform = platform;
            this.space = space;
            DEVICES.forEach(device -> space.attach(device, -1));
        }

        @Override
        public boolean map(long iova, long output, long size) {
            try {
                space.map(iova, output, size, Permissions.READ_WRITE);
                return true;
            } catch (RefusedException e) {
                if (e.rule() == Rule.OVERLAP) {
                    return false;
                }
                throw e;
            }
        }

        @Override
        public long unmap(long iova, long size) {
            return space.unmap(iova, size);
        }

        @Override
        public long cut(long iova, long size) {
            return space.cut(iova, size);
        }

        @Override
        public long pinned() {
            return -1;
        }

        @Override
        public void end() {
            DEVICES.forEach(device -> space.detach(device, -1));
            platform.spaces.destroy(space);
        }
    }

    /** Through the VFIO front-end, which pins what it maps. */
    final class Vfio implements SoakMappings {
        private static final int FLAGS = IoasCalls.FIXED_IOVA | IoasCalls.READABLE | IoasCalls.WRITEABLE;

        private final IommufdContext context;
        private final MemoryAccount user = new MemoryAccount("user", MemoryAccount.UNLIMITED);
        private final AddressRange ram;
        private final MachineMemory memory;
        private final int ioas;

        Vfio(IommufdContext context, Machine machine) {
            this.context = context;
            ram = machine.memory().ram().get(0);
            memory = new MachineMemory(machine.memory(), ram, user, new MemoryAccount("process", MemoryAccount.UNLIMITED));
            ioas = context.ioas().alloc();
            DEVICES.forEach(device -> context.devices().attach(context.devices().bind(device, true), ioas));
        }

        @Override
        public boolean map(long iova, long output, long size) {
            try {
                context.ioas().map(ioas, FLAGS, memory, output - ram.start(), size, iova);
                return true;
            } catch (VfioException e) {
                if (e.errno() == Errno.EEXIST) {
                    return false;
                }
                throw e;
            }
        }

        @Override
        public long unmap(long iova, long size) {
            return context.ioas().unmap(ioas, iova, size);
        }

        /** Only spaces that forgo large pages can. */
        @Override
        public long cut(long iova, long size) {
            return 0;
        }

        @Override
        public long pinned() {
            return memory.pinned() + user.used();
        }

        @Override
        public void end() {
            context.close();
        }
    }
}
