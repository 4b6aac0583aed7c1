// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import java.util.List;

import org.sluice.backend.riscv.layout.Cause;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;

/** What the directories say of accesses with one device id and process id. Immutable. */
public sealed interface Finding {
    /** Structures read, in order; the last one decided. */
    List<Structure> trail();

    /** One stage: its tables and the id that cached translations carry. */
    record Stage(RadixFormat format, long root, int id) {
    }

    /**
     * Tables translate, or nothing does if both stages are Bare.
     *
     * @param first null if Bare
     * @param second null if Bare
     * @param msi null if no MSI page table is in use
     * @param recorded whether faults are recorded (DTF)
     * @param processes the process directory; null if there is none
     */
    record Translated(Stage first, Stage second, MsiTable msi, boolean recorded, Directory processes, List<Structure> trail) implements Finding {
        public boolean bare() {
            return first == null && second == null;
        }

        public boolean nested() {
            return first != null && second != null;
        }
    }

    /**
     * No access gets through.
     *
     * @param address of the structure that blocks, or 0
     * @param detail what exactly is wrong, for people
     */
    record Blocked(Cause cause, long address, String detail, List<Structure> trail) implements Finding {
    }

    /**
     * The image does not hold what decides, or this decoder cannot read it.
     *
     * @param missing physical address, or null if it is no memory
     */
    record Unknown(Long missing, String what, List<Structure> trail) implements Finding {
    }
}
