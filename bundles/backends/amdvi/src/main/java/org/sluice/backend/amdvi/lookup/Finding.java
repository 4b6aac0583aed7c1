// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.List;

import org.sluice.backend.amdvi.layout.Event;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;

/** What the device table (and the GCR3 table) say of requests with one DeviceID and PASID. Immutable. */
public sealed interface Finding {
    /** Structures read, in order; the first is the device table entry, the last decided. */
    List<Structure> trail();

    /** Addresses that go out unchanged whatever the tables say, or null. */
    AddressRange excluded();

    /** A page table: its format and the address of its root. */
    record Table(RadixFormat format, long root) {
    }

    /**
     * Page tables translate.
     *
     * @param pasid PASID whose guest table is used, or -1
     * @param domain DomainID
     * @param guest guest table or null; its root is a host-translated address if there is a host table too
     * @param host host table or null
     * @param granted permissions of the device table entry
     */
    record Translated(int pasid, int domain, Table guest, Table host, int granted, AddressRange excluded, List<Structure> trail)
            implements Finding {
        public boolean nested() {
            return guest != null && host != null;
        }
    }

    /**
     * Addresses go out unchanged.
     *
     * @param domain DomainID, or -1
     * @param granted permissions; with none, everything is refused
     * @param why one line for people
     */
    record PassThrough(int domain, int granted, AddressRange excluded, String why, List<Structure> trail) implements Finding {
    }

    /**
     * No request gets through, but for excluded addresses.
     *
     * @param address of the structure that blocks
     * @param detail what exactly is wrong with it, for people; may be empty
     * @param between what the host table was asked for when it stopped the look-up, or null: the event names it, not the request's address
     */
    record Blocked(Event event, long address, String detail, int level, Long between, AddressRange excluded, List<Structure> trail)
            implements Finding {
        Blocked(Event event, long address, String detail, int level, AddressRange excluded, List<Structure> trail) {
            this(event, address, detail, level, null, excluded, trail);
        }
    }

    /**
     * The image does not hold what decides.
     *
     * @param missing physical address, or null if it is a register
     * @param what name of the structure or register
     */
    record Unknown(Long missing, String what, AddressRange excluded, List<Structure> trail) implements Finding {
    }
}
