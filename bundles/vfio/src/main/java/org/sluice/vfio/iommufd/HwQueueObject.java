// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.PinSource;
import org.sluice.vfio.port.ViommuPort;

/** A queue in mapped memory that hardware reads by itself: what it lies in stays mapped. */
final class HwQueueObject extends IommufdObject {
    private final ViommuObject viommu;
    private final AddressRange range;
    private final List<Area> areas;
    private ViommuPort.Queue queue;

    HwQueueObject(ViommuObject viommu, AddressRange range) {
        super(viommu.context);
        this.viommu = viommu;
        this.range = range;
        this.areas = viommu.parent.space.map.covering(range.start(), range.size());
    }

    /** Holds the memory and hands it to the hardware, or neither. */
    void start(int type, int index) {
        int done = 0;
        try {
            for (; done < areas.size(); done++) {
                Area area = areas.get(done);
                area.pages.pin(first(area), last(area));
            }
            queue = viommu.driver().createQueue(type, index, physical(), range.size());
        } catch (RuntimeException failed) {
            areas.subList(0, done).forEach(area -> area.pages.unpin(first(area), last(area)));
            throw failed;
        }
        areas.forEach(area -> area.locks++);
        viommu.use();
    }

    private long physical() {
        long start = frame(range.start());
        for (long at = range.start(); Long.compareUnsigned(at - range.start(), range.size()) < 0; at += PinSource.PAGE) {
            if (frame(at) != start + (at - range.start())) {
                throw new VfioException(Errno.EFAULT, range + " does not lie together in memory");
            }
        }
        if (frame(range.last()) != start + (range.size() - 1)) {
            throw new VfioException(Errno.EFAULT, range + " does not lie together in memory");
        }
        return start;
    }

    private long frame(long iova) {
        Area area = areas.stream().filter(each -> each.contains(iova)).findFirst().orElseThrow();
        long frame = area.pages.frame(area.pageOf(iova));
        if (frame == PageSet.ABSENT) {
            throw new VfioException(Errno.EFAULT, "memory behind " + range + " was taken away");
        }
        return frame + area.byteOf(iova) % PinSource.PAGE;
    }

    private int first(Area area) {
        return area.contains(range.start()) ? area.pageOf(range.start()) : area.firstPage();
    }

    private int last(Area area) {
        return area.contains(range.last()) ? area.pageOf(range.last()) : area.lastPage();
    }

    /** The hardware says whether a later queue needs it. */
    @Override
    void release() {
        queue.release();
        areas.forEach(area -> {
            area.locks--;
            area.pages.unpin(first(area), last(area));
        });
        viommu.unuse();
    }

    @Override
    String state() {
        return this + " of " + viommu + " at " + range;
    }
}
