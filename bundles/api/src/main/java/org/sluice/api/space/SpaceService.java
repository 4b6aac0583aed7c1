// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Capabilities;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/**
 * Address spaces of open machines whose units can be driven. Thread-safe. {@link org.sluice.machine.IommuException}
 * ({@code UNSUPPORTED}) if a machine's units can only be read, as those of a capture.
 */
@ProviderType
public interface SpaceService {
    /** Makes an empty space; {@link Refusal.Rule#EXISTS} if the machine has one of that name. */
    AddressSpace create(Machine machine, SpaceOptions options);

    /** By name. */
    List<AddressSpace> list(Machine machine);

    /** {@code NOT_FOUND} if there is none. */
    AddressSpace find(Machine machine, String name);

    /** The space that a device uses without a PASID, or null. */
    AddressSpace of(Machine machine, DeviceId device);

    /** Ends a space; {@link Refusal.Rule#BUSY} while devices use it. */
    void destroy(AddressSpace space);

    /** What users of durable spaces should know, a line each: what a store had lost, what waits for a backend, why nothing is kept. */
    default List<String> remarks(Machine machine) {
        return List.of();
    }

    /** Why spaces of the machine that were asked to be durable are not, one line; null if they are. */
    default String notKept(Machine machine) {
        return "this service keeps nothing";
    }

    /** What the unit in front of a device can express at this moment, whichever space the device uses; {@code UNSUPPORTED} if nobody can say. */
    default Capabilities capabilities(Machine machine, DeviceId device) {
        throw new IommuException(IommuException.Reason.UNSUPPORTED, "what the unit of " + device + " can express is not known");
    }

    /**
     * What a device, its unit and the firmware keep from being mapped, known before the first map and whichever space the device uses
     * (MSI-05). Beyond these only {@link Capabilities#aperture} limits where its mappings may lie.
     */
    default List<OwnedRange> reserved(Machine machine, DeviceId device) {
        throw new IommuException(IommuException.Reason.UNSUPPORTED, "which ranges are reserved for " + device + " is not known");
    }

    /** Data with which tables can be laid over a parent behind the unit of a device at this moment; empty if it cannot nest. */
    default List<UserFormat> userFormats(Machine machine, DeviceId device) {
        return List.of();
    }
}
