// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.api.Capabilities.Feature;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.Invalidation;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.TranslationPort.PagingOptions;
import org.sluice.vfio.port.TypedData;

/** Page tables: filled from an address space, or owned by their user over a parent. */
public final class HwptCalls {
    /** Flags of {@link #alloc}. */
    public static final int NEST_PARENT = Hwpt.NEST_PARENT;
    public static final int DIRTY_TRACKING = Hwpt.DIRTY_TRACKING;
    public static final int FAULT_ID_VALID = Hwpt.FAULT_ID_VALID;
    public static final int PASID = Hwpt.PASID;
    /** Flag of {@link #setDirtyTracking}. */
    public static final int DIRTY_ENABLE = 1;
    /** Flag of {@link #dirtyBitmap}. */
    public static final int DIRTY_NO_CLEAR = 1;
    /** Entries of one invalidation. */
    public static final int MAX_ENTRIES = 1 << 19;

    private final IommufdContext context;

    HwptCalls(IommufdContext context) {
        this.context = context;
    }

    /** Takes the numbers of the bits that are set, each at least once. */
    @FunctionalInterface
    public interface BitmapSink {
        void set(long bit);
    }

    /**
     * Makes a table that lives until it is destroyed; its id.
     *
     * @param device for whose unit
     * @param target an address space, a parent table, or a virtual unit
     * @param data for a nested table, else null
     * @param faults queue of page requests, with {@link #FAULT_ID_VALID}
     */
    public int alloc(int flags, int device, int target, TypedData data, int faults) {
        return context.call(() -> {
            if ((flags & ~Hwpt.ALL_FLAGS) != 0) {
                throw unsupported("unknown flags of a table: " + (flags & ~Hwpt.ALL_FLAGS));
            }
            DeviceObject object = context.objects().get(device, DeviceObject.class);
            IommufdObject over = context.objects().find(target);
            if (over instanceof Ioas) {
                return allocPaging(flags, object, (Ioas) over, data, faults);
            }
            if (over instanceof PagingHwpt || over instanceof ViommuObject) {
                return allocNested(flags, object, over, data, faults);
            }
            throw new VfioException(Errno.EINVAL, "object " + target + " is no address space, parent or virtual unit");
        });
    }

    private int allocPaging(int flags, DeviceObject device, Ioas space, TypedData data, int faults) {
        if (data != null && data.type() != 0) {
            throw unsupported("a table that is filled from an address space takes no data");
        }
        boolean parent = (flags & NEST_PARENT) != 0;
        boolean dirty = (flags & DIRTY_TRACKING) != 0;
        if (parent && (flags & FAULT_ID_VALID) != 0) {
            throw unsupported("page requests of a parent have nobody to answer them");
        }
        if (parent && !device.facts.has(Feature.NESTING) || dirty && !device.facts.has(Feature.DIRTY_TRACKING)) {
            throw unsupported(device.facts.unit() + " cannot do what the flags " + flags + " ask for");
        }
        FaultQueue queue = queue(flags, faults);
        return create(space, device, new PagingOptions(parent, dirty, (flags & PASID) != 0), flags, queue, false).id();
    }

    /** Makes a table and fills it; nothing is left if that fails. */
    PagingHwpt create(Ioas space, DeviceObject device, PagingOptions options, int flags, FaultQueue queue, boolean automatic) {
        PagingTable table = context.port().createPaging(device.device, options);
        PagingHwpt hwpt = new PagingHwpt(space, device.facts, table, flags, queue, automatic);
        try {
            space.addTable(hwpt);
        } catch (RuntimeException refused) {
            table.release();
            throw refused;
        }
        space.use();
        if (queue != null) {
            queue.use();
        }
        return context.objects().add(hwpt);
    }

    private int allocNested(int flags, DeviceObject device, IommufdObject over, TypedData data, int faults) {
        if ((flags & ~(FAULT_ID_VALID | PASID)) != 0) {
            throw unsupported("flags that a nested table cannot have");
        }
        if (data == null || data.type() == 0) {
            throw new VfioException(Errno.EINVAL, "a nested table needs data");
        }
        ViommuObject viommu = over instanceof ViommuObject ? (ViommuObject) over : null;
        PagingHwpt parent = viommu == null ? (PagingHwpt) over : viommu.parent;
        if (!parent.has(NEST_PARENT) || !parent.facts.unit().equals(device.facts.unit())) {
            throw new VfioException(Errno.EINVAL, parent + " was not made as a parent for the unit of " + device);
        }
        FaultQueue queue = queue(flags, faults);
        List<DataFormat> formats = viommu == null ? device.facts.nesting() : viommu.driver().nesting();
        DataFormat format = formats.stream().filter(each -> each.type() == data.type()).findFirst()
                .orElseThrow(() -> unsupported(device.facts.unit() + " makes no nested table from data of type " + data.type()));
        TypedData checked = new TypedData(data.type(), format.check(data));
        NestedTable table = viommu == null ? context.port().createNested(device.device, parent.table(), checked)
                : viommu.driver().createNested(device.device, checked);
        NestedHwpt hwpt = new NestedHwpt(parent, viommu, table, flags, queue);
        (viommu == null ? parent : viommu).use();
        if (queue != null) {
            queue.use();
        }
        return context.objects().add(hwpt).id();
    }

    private FaultQueue queue(int flags, int faults) {
        return (flags & FAULT_ID_VALID) == 0 ? null : context.objects().get(faults, FaultQueue.class);
    }

    /**
     * Says what changed in a nested table, or behind a virtual unit; entries are done in order until one is bad.
     *
     * @param count 0 asks whether that type is known
     */
    public Invalidation.Outcome invalidate(int target, int type, int entryLength, int count, byte[] entries) {
        return context.call(() -> {
            IommufdObject object = context.objects().get(target, IommufdObject.class);
            Invalidation what = object instanceof NestedHwpt ? ((NestedHwpt) object).table()
                    : object instanceof ViommuObject ? ((ViommuObject) object).driver() : null;
            if (what == null) {
                throw new VfioException(Errno.EINVAL, object + " is no nested table and no virtual unit");
            }
            DataFormat format = what.invalidationFormat();
            if (type != format.type() || entryLength != format.length() && (count != 0 || entryLength != 0)) {
                throw new VfioException(Errno.EINVAL, "entries are " + format.name() + " of type " + format.type() + " with " + format.length()
                        + " bytes");
            }
            if (count < 0 || count > MAX_ENTRIES || entries.length < (long) count * entryLength) {
                throw new VfioException(Errno.EINVAL, "at most " + MAX_ENTRIES + " entries, and all of them there");
            }
            return count == 0 ? Invalidation.Outcome.done(0) : what.invalidate(entries, count);
        });
    }

    public void setDirtyTracking(int hwpt, int flags) {
        context.run(() -> {
            if ((flags & ~DIRTY_ENABLE) != 0) {
                throw unsupported("unknown flags of dirty tracking");
            }
            PagingTable table = tracked(hwpt).table();
            table.trackDirty((flags & DIRTY_ENABLE) != 0);
            if ((flags & DIRTY_ENABLE) != 0) {
                // Recording starts now: what tables may have remembered from before does not count.
                table.dirty(0, -1L, true, (at, size) -> { });
            }
        });
    }

    /**
     * Which pages devices wrote: bit {@code (iova - start) / pageSize} for each of the query's pages that meets one that was written.
     *
     * @param pageSize of the query, a power of two; need not be the table's
     */
    public void dirtyBitmap(int hwpt, int flags, long iova, long length, long pageSize, BitmapSink sink) {
        context.run(() -> {
            if ((flags & ~DIRTY_NO_CLEAR) != 0) {
                throw unsupported("unknown flags of a dirty bitmap");
            }
            PagingHwpt table = tracked(hwpt);
            AddressRange range = IovaMap.range(iova, length);
            long alignment = table.space.map.alignment();
            if (pageSize <= 0 || Long.bitCount(pageSize) != 1 || ((iova | length) & pageSize - 1) != 0 || ((iova | length) & alignment - 1) != 0) {
                throw new VfioException(Errno.EINVAL, "range and length are multiples of the page size " + pageSize + " and of " + alignment);
            }
            table.table().dirty(range.start(), range.last(), (flags & DIRTY_NO_CLEAR) == 0, (at, size) -> {
                AddressRange met = range.intersection(AddressRange.ofSize(at, size));
                for (long bit = (met.start() - iova) / pageSize; bit <= (met.last() - iova) / pageSize; bit++) {
                    sink.set(bit);
                }
            });
        });
    }

    /** How much a table has changed so far (SHM-20). */
    public Churn churn(int hwpt) {
        return context.call(() -> context.objects().get(hwpt, PagingHwpt.class).churn());
    }

    private PagingHwpt tracked(int hwpt) {
        PagingHwpt table = context.objects().get(hwpt, PagingHwpt.class);
        if (!table.has(DIRTY_TRACKING)) {
            throw unsupported(table + " was not made to record writes");
        }
        return table;
    }

    private static VfioException unsupported(String text) {
        return new VfioException(Errno.EOPNOTSUPP, text);
    }
}
