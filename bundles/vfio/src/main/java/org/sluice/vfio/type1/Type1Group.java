// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.type1;

import java.util.ArrayList;
import java.util.List;

import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IommufdContext;

/** A group of the older interface: all of its devices come into a container together, or none. Thread-safe. */
public final class Type1Group implements AutoCloseable {
    private final List<DeviceId> devices;
    private final boolean allowUnisolated;
    private final List<Integer> bound = new ArrayList<>();
    private Type1Container container;

    /** @param devices that cannot be told apart */
    public Type1Group(List<DeviceId> devices, boolean allowUnisolated) {
        this.devices = List.copyOf(devices);
        this.allowUnisolated = allowUnisolated;
    }

    /** Puts the group's devices into a container: it gets an address space if it has none, and they are attached to it. */
    public synchronized void setContainer(Type1Container target) {
        if (container != null) {
            throw new VfioException(Errno.EINVAL, "the group is in a container already");
        }
        IommufdContext context = target.context();
        int made = 0;
        try {
            if (!context.ioas().hasCompatible()) {
                made = context.ioas().alloc();
                context.ioas().setCompatible(made);
            }
            for (DeviceId device : devices) {
                int id = context.devices().bind(device, allowUnisolated);
                bound.add(id);
                context.devices().attach(id, context.ioas().compatible());
            }
        } catch (RuntimeException refused) {
            release(context);
            if (made != 0) {
                context.ioas().setCompatible(0);
                context.destroy(made);
            }
            throw refused;
        }
        container = target;
    }

    /** Takes the devices out; they are blocked then. */
    public synchronized void unsetContainer() {
        if (container == null) {
            throw new VfioException(Errno.EINVAL, "the group is in no container");
        }
        release(container.context());
        container = null;
    }

    /** Ids of its devices in the container's context. */
    public synchronized List<Integer> devices() {
        return List.copyOf(bound);
    }

    @Override
    public synchronized void close() {
        if (container != null && !container.context().isClosed()) {
            unsetContainer();
        }
    }

    private void release(IommufdContext context) {
        bound.forEach(context.devices()::unbind);
        bound.clear();
    }
}
