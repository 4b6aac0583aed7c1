// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.OwnedRange;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.TypedData;

/** Devices of a context: bind, attach, replace, detach, and what is known of them. */
public final class DeviceCalls {
    /** Bit of {@link HardwareInfo#capabilities}: tables made for it record writes. */
    public static final long CAN_TRACK_DIRTY = 1;

    private final IommufdContext context;

    DeviceCalls(IommufdContext context) {
        this.context = context;
    }

    /**
     * What describes a unit.
     *
     * @param type 0 if there is nothing
     * @param bytes as the type's vendor defines them
     */
    public record HardwareInfo(int type, byte[] bytes, int pasidBits, long capabilities) {
    }

    /**
     * Takes a device into the user's hands; its id. It is blocked until it is attached.
     *
     * @param allowUnisolated also if it could raise interrupts of others (RIV-04)
     */
    public int bind(DeviceId device, boolean allowUnisolated) {
        return context.call(() -> {
            DeviceFacts facts = context.port().facts(device);
            if (facts.messages() != null && !facts.messages().isolated() && !allowUnisolated) {
                throw new VfioException(Errno.EPERM, device + " could raise interrupts of others: " + facts.unit()
                        + " does not isolate messages (no interrupt remapping); allow unsafe interrupts to use it all the same");
            }
            context.owners().claim(device);
            DeviceGroup group = context.attachments().group(facts);
            DeviceObject object = new DeviceObject(context, device, facts, group);
            try {
                context.port().listen(device, object::pageRequest);
                context.objects().add(object);
            } catch (RuntimeException refused) {
                context.owners().release(device);
                throw refused;
            }
            group.members.add(object);
            return object.id();
        });
    }

    /** Gives a device back, also one that has been pulled out: it is detached everywhere, its faults are answered, its virtual device ends. */
    public void unbind(int device) {
        context.run(() -> context.end(get(device)));
    }

    /** Attaches to a table or an address space; the id of the table. */
    public int attach(int device, int target) {
        return attach(device, TranslationRequest.NO_PASID, target);
    }

    public int attach(int device, int pasid, int target) {
        return context.call(() -> context.attachments().attach(get(device), pasid, target));
    }

    /** Attaches to something else without detaching; the id of the table. */
    public int replace(int device, int target) {
        return replace(device, TranslationRequest.NO_PASID, target);
    }

    public int replace(int device, int pasid, int target) {
        return context.call(() -> context.attachments().replace(get(device), pasid, target));
    }

    public void detach(int device) {
        detach(device, TranslationRequest.NO_PASID);
    }

    /** No effect if it is not attached. */
    public void detach(int device, int pasid) {
        context.run(() -> context.attachments().detach(get(device), pasid));
    }

    /** The id of the table that it uses, or 0. */
    public int attached(int device, int pasid) {
        return context.call(() -> {
            Hwpt hwpt = get(device).attached.get(pasid);
            return hwpt == null ? 0 : hwpt.id();
        });
    }

    /**
     * What describes the unit in front of a device.
     *
     * @param type the type that the caller understands, or 0 for whatever there is; {@code EOPNOTSUPP} if it is not that
     */
    public HardwareInfo hardware(int device, int type) {
        return context.call(() -> {
            DeviceFacts facts = get(device).facts;
            TypedData data = facts.hardware() == null ? new TypedData(0, new byte[0]) : facts.hardware();
            if (type != 0 && type != data.type()) {
                throw new VfioException(Errno.EOPNOTSUPP, facts.unit() + " has information of type " + data.type() + ", not " + type);
            }
            return new HardwareInfo(data.type(), data.bytes(), facts.pasidBits(), facts.has(Feature.DIRTY_TRACKING) ? CAN_TRACK_DIRTY : 0);
        });
    }

    public DeviceFacts facts(int device) {
        return context.call(() -> get(device).facts);
    }

    /** Ranges that are not free for a device's mappings, known before the first map (MSI-05). */
    public List<OwnedRange> reserved(int device) {
        return context.call(() -> get(device).facts.reserved());
    }

    /** Ranges in which every map for this device will be taken, as far as nothing else is mapped there. */
    public List<AddressRange> usable(int device) {
        return context.call(() -> {
            DeviceFacts facts = get(device).facts;
            IovaMap map = new IovaMap();
            facts.reserved().forEach(each -> map.reserve(each.range(), facts, each.toString()));
            return map.usable().stream().map(facts.aperture()::intersection).filter(range -> range != null).toList();
        });
    }

    private DeviceObject get(int device) {
        return context.objects().get(device, DeviceObject.class);
    }
}
