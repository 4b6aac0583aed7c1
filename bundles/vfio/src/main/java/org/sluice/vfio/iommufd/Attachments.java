// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import static org.sluice.api.TranslationRequest.NO_PASID;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.OwnedRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.DeviceGroup.Attachment;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.TranslationPort.PagingOptions;

/** Which device uses which table. Guarded by the context's lock; each change is all or nothing. */
final class Attachments {
    private final IommufdContext context;
    private final Map<String, DeviceGroup> groups = new HashMap<>();

    Attachments(IommufdContext context) {
        this.context = context;
    }

    DeviceGroup group(DeviceFacts facts) {
        return groups.computeIfAbsent(facts.unit() + ' ' + facts.group(), key -> new DeviceGroup());
    }

    /** Attaches to a table, or to an address space by way of an automatic table; the id of the table. */
    int attach(DeviceObject device, int pasid, int target) {
        Hwpt hwpt = table(device, pasid, target);
        try {
            attach(device, pasid, hwpt);
        } catch (RuntimeException refused) {
            endIfUnused(hwpt);
            throw refused;
        }
        return hwpt.id();
    }

    /** As {@link #attach}, in place of what it uses: no address that is good in both faults meanwhile (NST-11). */
    int replace(DeviceObject device, int pasid, int target) {
        Attachment now = device.group.attachments.get(pasid);
        if (now == null || !now.devices.contains(device)) {
            throw new VfioException(Errno.EINVAL, device + " is attached to nothing that could be replaced");
        }
        Hwpt hwpt = table(device, pasid, target);
        try {
            replace(now, device, pasid, hwpt);
        } catch (RuntimeException refused) {
            endIfUnused(hwpt);
            throw refused;
        }
        return hwpt.id();
    }

    void detach(DeviceObject device, int pasid) {
        Attachment now = device.group.attachments.get(pasid);
        if (now == null || !now.devices.remove(device)) {
            return;
        }
        context.port().detach(device.device, pasid);
        device.attached.remove(pasid);
        if (now.devices.isEmpty()) {
            device.group.attachments.remove(pasid);
        }
        leave(device, pasid, now.hwpt);
        if (pasid == NO_PASID) {
            now.hwpt.paging().space.map.unreserve(device);
        }
        endIfUnused(now.hwpt);
    }

    void detachAll(DeviceObject device) {
        for (int pasid : List.copyOf(device.attached.keySet())) {
            detach(device, pasid);
        }
    }

    private Hwpt table(DeviceObject device, int pasid, int target) {
        IommufdObject object = context.objects().find(target);
        if (object instanceof Hwpt) {
            return (Hwpt) object;
        }
        if (!(object instanceof Ioas)) {
            throw new VfioException(object == null ? Errno.ENOENT : Errno.EINVAL, "there is no table or address space " + target);
        }
        if (pasid != NO_PASID) {
            throw new VfioException(Errno.EINVAL, "a PASID needs a table made for PASIDs");
        }
        Ioas space = (Ioas) object;
        for (PagingHwpt table : space.tables) {
            if (table.automatic && table.facts.unit().equals(device.facts.unit())) {
                return table;
            }
        }
        return context.hwpt().create(space, device, PagingOptions.PLAIN, 0, null, true);
    }

    private void attach(DeviceObject device, int pasid, Hwpt hwpt) {
        Attachment now = device.group.attachments.get(pasid);
        if (now != null && now.devices.contains(device)) {
            throw new VfioException(Errno.EBUSY, device + " is attached already");
        }
        if (now != null && now.hwpt != hwpt) {
            throw new VfioException(Errno.EINVAL, "the group of " + device + " uses " + now.hwpt);
        }
        check(device, pasid, hwpt);
        if (pasid == NO_PASID) {
            reserve(hwpt.paging().space, device);
        }
        try {
            context.port().attach(device.device, pasid, hwpt.table());
        } catch (RuntimeException refused) {
            if (pasid == NO_PASID) {
                hwpt.paging().space.map.unreserve(device);
            }
            throw refused;
        }
        device.group.attachments.computeIfAbsent(pasid, p -> new Attachment(hwpt)).devices.add(device);
        device.attached.put(pasid, hwpt);
        hwpt.use();
    }

    private void replace(Attachment now, DeviceObject device, int pasid, Hwpt hwpt) {
        Hwpt old = now.hwpt;
        if (old == hwpt) {
            return;
        }
        now.devices.forEach(each -> check(each, pasid, hwpt));
        Ioas space = hwpt.paging().space;
        boolean moves = pasid == NO_PASID && space != old.paging().space;
        List<DeviceObject> done = new ArrayList<>();
        List<DeviceObject> reserved = new ArrayList<>();
        try {
            for (DeviceObject each : now.devices) {
                if (moves) {
                    reserve(space, each);
                    reserved.add(each);
                }
            }
            for (DeviceObject each : now.devices) {
                context.port().attach(each.device, pasid, hwpt.table());
                done.add(each);
            }
        } catch (RuntimeException refused) {
            done.forEach(each -> context.port().attach(each.device, pasid, old.table()));
            reserved.forEach(space.map::unreserve);
            throw refused;
        }
        now.hwpt = hwpt;
        for (DeviceObject each : now.devices) {
            each.attached.put(pasid, hwpt);
            hwpt.use();
            leave(each, pasid, old);
            if (moves) {
                old.paging().space.map.unreserve(each);
            }
        }
        endIfUnused(old);
    }

    private static void leave(DeviceObject device, int pasid, Hwpt old) {
        old.unuse();
        if (old.faults != null) {
            old.faults.cancel(device, pasid);
        }
    }

    private void endIfUnused(Hwpt hwpt) {
        if (hwpt instanceof PagingHwpt && ((PagingHwpt) hwpt).automatic && hwpt.users() == 0) {
            context.end(hwpt);
        }
    }

    private static void reserve(Ioas space, DeviceObject device) {
        try {
            for (OwnedRange each : device.facts.reserved()) {
                space.map.reserve(each.range(), device, each.toString());
            }
        } catch (VfioException taken) {
            space.map.unreserve(device);
            throw taken;
        }
    }

    private static void check(DeviceObject device, int pasid, Hwpt hwpt) {
        PagingHwpt paging = hwpt.paging();
        if (!paging.facts.unit().equals(device.facts.unit())) {
            throw refused(device, hwpt, "it was made for " + paging.facts.unit() + " and not for " + device.facts.unit());
        }
        if (paging.has(Hwpt.DIRTY_TRACKING) && !device.facts.has(Feature.DIRTY_TRACKING)) {
            throw refused(device, hwpt, "writes of the device cannot be recorded");
        }
        if (hwpt.faults != null && !device.facts.has(Feature.PAGE_REQUESTS)) {
            throw refused(device, hwpt, "the device makes no page requests");
        }
        if (hwpt instanceof NestedHwpt && ((NestedHwpt) hwpt).viommu != null
                && (device.vdevice == null || device.vdevice.viommu != ((NestedHwpt) hwpt).viommu)) {
            throw new VfioException(Errno.ENOENT, device + " has no virtual device behind " + ((NestedHwpt) hwpt).viommu);
        }
        checkPasid(device, pasid, hwpt);
    }

    private static void checkPasid(DeviceObject device, int pasid, Hwpt hwpt) {
        if (pasid == NO_PASID) {
            if (!hwpt.has(Hwpt.PASID) && device.attached.keySet().stream().anyMatch(each -> each != NO_PASID)) {
                throw refused(device, hwpt, "it was not made for PASIDs, and the device uses some");
            }
            return;
        }
        if (pasid < 0 || pasid >>> device.facts.pasidBits() != 0 || device.facts.pasidBits() == 0) {
            throw refused(device, hwpt, "the device has no PASID " + pasid);
        }
        Hwpt plain = device.attached.get(NO_PASID);
        if (!hwpt.has(Hwpt.PASID) || plain != null && !plain.has(Hwpt.PASID)) {
            throw refused(device, hwpt, "tables of a device that uses PASIDs are made for that");
        }
    }

    private static VfioException refused(DeviceObject device, Hwpt hwpt, String why) {
        return new VfioException(Errno.EINVAL, device + " cannot use " + hwpt + ": " + why);
    }
}
