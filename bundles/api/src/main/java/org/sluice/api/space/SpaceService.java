// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;

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
}
