// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.List;

import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;

/** What the configuration structures say of requests with one source id and PASID. Immutable. */
public sealed interface Finding {
    /** Structures read, in order; the last one decided. */
    List<Structure> trail();

    /** A page table: its format and the address of its root. */
    record Table(RadixFormat format, long root) {
    }

    /**
     * Page tables translate.
     *
     * @param pasid PASID whose entry was used, or -1 in legacy mode
     * @param first first-stage table or null
     * @param second second-stage table or null; with both, the first stage's root is an address that the second translates
     * @param scalable whether faults have the numbers of scalable mode
     * @param executes whether execute requests are allowed
     * @param marksSecond whether accessed and dirty bits of the second stage are written
     * @param quiet whether qualified faults are not recorded (FPD)
     */
    record Translated(int pasid, int domain, Table first, Table second, boolean scalable, boolean executes,
            boolean marksSecond, boolean quiet, List<Structure> trail) implements Finding {
        public boolean nested() {
            return first != null && second != null;
        }
    }

    /**
     * Addresses go out unchanged.
     *
     * @param width bits that an address may have; 64 if any will do
     */
    record PassThrough(int pasid, int domain, int width, boolean scalable, boolean executes, boolean quiet, List<Structure> trail)
            implements Finding {
    }

    /**
     * No request gets through.
     *
     * @param reason null: the unit blocks everything and reports nothing (abort-DMA mode)
     * @param address of the structure that blocks
     * @param detail what exactly is wrong with it, for people; may be empty
     */
    record Blocked(FaultReason reason, boolean quiet, long address, String detail, List<Structure> trail) implements Finding {
    }

    /**
     * The image does not hold what decides.
     *
     * @param missing physical address, or null if it is a register
     * @param what name of the structure or register
     */
    record Unknown(Long missing, String what, List<Structure> trail) implements Finding {
    }
}
