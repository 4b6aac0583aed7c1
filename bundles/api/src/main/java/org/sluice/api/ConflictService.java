// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/** Finds addresses that two owners count on: memory on one side, what hardware, firmware or the kernel keep on the other (MSI-04). Thread-safe. */
@ProviderType
public interface ConflictService {
    /**
     * Looks in each of the modes; each conflict says which one found it.
     *
     * @param guestRam where a virtual machine's memory lies, for {@link Mode#GUEST}; empty for where this machine's own does
     */
    void conflicts(Machine machine, Set<Mode> modes, List<AddressRange> guestRam, Progress progress, Consumer<Conflict> out);

    /** Who chose the addresses that devices use. */
    enum Mode {
        /** Nobody: devices use physical addresses, and the system's designer kept RAM and doorbells apart, or did not. */
        PHYSICAL("physical map only"),
        /** The operating system's drivers: what the tables map now is what they chose. */
        DRIVER("driver-owned IOVA"),
        /** Nobody again: a virtual machine's RAM is mapped one to one, and its layout was fixed without asking. */
        GUEST("VM with identity-mapped RAM");

        private final String text;

        Mode(String text) {
            this.text = text;
        }

        /** In words. */
        public String text() {
            return text;
        }
    }

    /**
     * A conflict.
     *
     * @param device whose range it is, or null for all
     * @param range addresses that both count on
     * @param kind what they are kept for: {@code msi}, {@code reserved}, {@code direct}, {@code registers}
     * @param origin who keeps them
     * @param owner whose memory it is
     */
    record Conflict(Mode mode, DeviceId device, AddressRange range, String kind, String origin, String owner) {
    }
}
