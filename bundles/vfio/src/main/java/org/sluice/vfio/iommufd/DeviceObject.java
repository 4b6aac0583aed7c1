// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.Map;
import java.util.TreeMap;

import org.sluice.machine.DeviceId;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.TranslationPort.PageAnswer;
import org.sluice.vfio.port.TranslationPort.PageRequest;

/** A device that is bound to a context, and what it is attached to, by PASID. */
final class DeviceObject extends IommufdObject {
    final DeviceId device;
    final DeviceFacts facts;
    final DeviceGroup group;
    final Map<Integer, Hwpt> attached = new TreeMap<>();
    VdeviceObject vdevice;

    DeviceObject(IommufdContext context, DeviceId device, DeviceFacts facts, DeviceGroup group) {
        super(context);
        this.device = device;
        this.facts = facts;
        this.group = group;
    }

    /** A page request goes to the queue of the table that the device uses, or is answered as invalid. */
    void pageRequest(PageRequest request, PageAnswer answer) {
        boolean taken = context.call(() -> {
            Hwpt hwpt = attached.get(request.pasid());
            if (hwpt == null || hwpt.faults == null) {
                return false;
            }
            hwpt.faults.deliver(this, request, answer);
            return true;
        });
        if (!taken) {
            answer.answer(false);
        }
    }

    @Override
    boolean isUsers() {
        return false;
    }

    @Override
    void release() {
        context.attachments().detachAll(this);
        if (vdevice != null) {
            context.end(vdevice);
        }
        context.port().listen(device, null);
        context.owners().release(device);
        group.members.remove(this);
    }

    @Override
    String state() {
        return this + " " + device + " users " + users() + " attached " + attached + " virtual " + vdevice;
    }
}
