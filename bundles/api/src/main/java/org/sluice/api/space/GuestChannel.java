// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.machine.AddressRange;

/**
 * A paravirtual channel to the guest whose memory a space maps, as a balloon driver offers one: it can be asked to give certain pages up
 * (MSI-12). Registered as a service by whoever runs the guest. Thread-safe.
 */
@ConsumerType
public interface GuestChannel {
    /** Who answers, in a few words. */
    String name();

    /** Whether this channel leads to the guest of that space. */
    boolean serves(AddressSpace space);

    /**
     * Asks the guest to use these pages for nothing any more that a device may reach. Returns at once; the answer comes on any thread, or
     * never.
     *
     * @param pages guest-physical
     */
    void request(AddressSpace space, AddressRange pages, Reply reply);

    /** Lets the guest use pages again that it gave up, or whose giving up nobody waits for any more. */
    void giveBack(AddressSpace space, AddressRange pages);

    /** Takes one answer; further ones have no effect. */
    interface Reply {
        /** The guest uses none of the pages any more. */
        void acknowledged();

        /** The guest keeps them. */
        void refused(String why);
    }
}
