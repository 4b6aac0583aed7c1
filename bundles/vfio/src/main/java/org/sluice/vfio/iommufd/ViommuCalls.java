// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.ViommuPort;

/** Virtual units, their devices, events and queues. Domains know nothing of them (NST-17). */
public final class ViommuCalls {
    private final IommufdContext context;

    ViommuCalls(IommufdContext context) {
        this.context = context;
    }

    /** A new virtual unit and what its driver answers to the data. */
    public record Allocated(int id, byte[] answer) {
    }

    /** An event as a reader sees it; {@code data} is null if the header says that events were lost. */
    public record ViommuEvent(int sequence, boolean lost, byte[] data) {
    }

    /** A page of a virtual unit in its user's hands; closing lets go of it. */
    public interface Mapped extends AutoCloseable {
        @Override
        void close();
    }

    /** @param data for the driver, may be empty */
    public Allocated alloc(int type, int device, int hwpt, byte[] data) {
        return context.call(() -> {
            if (type == 0 || !(context.port() instanceof ViommuPort)) {
                throw unsupported("there is no virtual unit of type " + type);
            }
            DeviceObject object = context.objects().get(device, DeviceObject.class);
            PagingHwpt parent = context.objects().get(hwpt, PagingHwpt.class);
            if (!parent.has(Hwpt.NEST_PARENT) || !parent.facts.unit().equals(object.facts.unit())) {
                throw new VfioException(Errno.EINVAL, parent + " was not made as a parent for the unit of " + object);
            }
            ViommuObject viommu = new ViommuObject(parent, object);
            viommu.setDriver(((ViommuPort) context.port()).createViommu(object.device, type, parent.table(), data, viommu::event));
            parent.use();
            return new Allocated(context.objects().add(viommu).id(), viommu.driver().answer());
        });
    }

    /** Makes a device known to a virtual unit under an id of 32 bits; the id of the object. */
    public int addDevice(int viommu, int device, long virtualId) {
        return context.call(() -> {
            if (virtualId >>> Integer.SIZE != 0) {
                throw new VfioException(Errno.EINVAL, "virtual ids have 32 bits");
            }
            ViommuObject unit = get(viommu);
            DeviceObject object = context.objects().get(device, DeviceObject.class);
            if (!object.facts.unit().equals(unit.parent.facts.unit())) {
                throw new VfioException(Errno.EINVAL, object + " is not behind " + unit.parent.facts.unit());
            }
            if (object.vdevice != null || unit.devices.containsKey(virtualId)) {
                throw new VfioException(Errno.EEXIST, object + " or the id 0x" + Long.toHexString(virtualId) + " has been added already");
            }
            unit.driver().addDevice(object.device, virtualId);
            VdeviceObject vdevice = context.objects().add(new VdeviceObject(unit, object, virtualId));
            unit.devices.put(virtualId, vdevice);
            object.vdevice = vdevice;
            unit.use();
            return vdevice.id();
        });
    }

    /** A queue for events of one type; its id. */
    public int addEventQueue(int viommu, int type, int depth) {
        return context.call(() -> {
            if (type == 0) {
                throw unsupported("events have a type");
            }
            if (depth <= 0 || depth > EventQueue.MAX_DEPTH) {
                throw new VfioException(Errno.EINVAL, "a queue holds 1 to " + EventQueue.MAX_DEPTH + " events");
            }
            ViommuObject unit = get(viommu);
            if (!unit.driver().eventTypes().contains(type)) {
                throw unsupported(unit + " has no events of type " + type);
            }
            if (unit.events.containsKey(type)) {
                throw new VfioException(Errno.EEXIST, unit + " has a queue of type " + type);
            }
            EventQueue queue = context.objects().add(new EventQueue(unit, type, depth));
            unit.events.put(type, queue);
            unit.use();
            return queue.id();
        });
    }

    /** Whole events that fit into so many bytes with their headers of 8. */
    public List<ViommuEvent> readEvents(int queue, int bytes) {
        return context.call(() -> context.objects().get(queue, EventQueue.class).take(bytes).stream()
                .map(event -> new ViommuEvent(event.sequence(), event.data() == null, event.data())).toList());
    }

    /**
     * Makes hardware read a queue that lies in memory mapped in the parent; the id of the object.
     *
     * @param iova input of the parent table
     */
    public int addHardwareQueue(int viommu, int type, int index, long iova, long length) {
        return context.call(() -> {
            if (type == 0) {
                throw unsupported("queues have a type");
            }
            ViommuObject unit = get(viommu);
            if (!unit.driver().queueTypes().contains(type)) {
                throw unsupported(unit + " has no queues of type " + type);
            }
            HwQueueObject queue = new HwQueueObject(unit, IovaMap.range(iova, length));
            queue.start(type, index);
            return context.objects().add(queue).id();
        });
    }

    /** Maps the page that a virtual unit offers; {@code ENXIO} if nobody offers exactly that. While it is mapped the unit cannot be destroyed. */
    public Mapped map(long offset, long length) {
        return context.call(() -> {
            for (ViommuObject unit : context.objects().all(ViommuObject.class)) {
                ViommuPort.UserPage page = unit.driver().page();
                if (page != null && page.offset() == offset && page.length() == length) {
                    unit.countMapped(1);
                    return once(unit);
                }
            }
            throw new VfioException(Errno.ENXIO, "no virtual unit offers " + length + " bytes at 0x" + Long.toHexString(offset));
        });
    }

    private Mapped once(ViommuObject unit) {
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false) && !context.isClosed()) {
                context.run(() -> unit.countMapped(-1));
            }
        };
    }

    private ViommuObject get(int viommu) {
        return context.objects().get(viommu, ViommuObject.class);
    }

    private static VfioException unsupported(String text) {
        return new VfioException(Errno.EOPNOTSUPP, text);
    }
}
