// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.lookup;

import org.sluice.backend.none.layout.None;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** From requester id to its bit in the permit table. No allocation, no exceptions, keeps nothing; thread-safe. */
public final class PermitLookup {
    public static final int PASSES = 0;
    public static final int BLOCKED = 1;
    /** The requester id is wider than the table. */
    public static final int BEYOND = 2;
    /** There is no memory at the requester's bit. */
    public static final int NO_MEMORY = 3;
    /** The image does not hold the requester's bit: {@link #wordAddress} tells where it is. */
    public static final int UNKNOWN_MEMORY = 4;
    /** CONTROL is not known. */
    public static final int UNKNOWN_CONTROL = 5;
    /** PERMIT_BASE is not known. */
    public static final int UNKNOWN_BASE = 6;

    private final PhysicalMemory memory;
    private final RegisterPort registers;

    public PermitLookup(PhysicalMemory memory, RegisterPort registers) {
        this.memory = memory;
        this.registers = registers;
    }

    /** What happens to requests of a requester. */
    public int find(int requester) {
        if (!registers.isKnown(None.CONTROL.offset(), Long.BYTES)) {
            return UNKNOWN_CONTROL;
        }
        if (None.ON.get(registers.read64(None.CONTROL.offset())) == 0) {
            return BLOCKED;
        }
        if (!registers.isKnown(None.PERMIT_BASE.offset(), Long.BYTES)) {
            return UNKNOWN_BASE;
        }
        if (requester < 0 || requester >= None.REQUESTERS) {
            return BEYOND;
        }
        long address = wordAddress(requester);
        return switch (memory.presence(address, Long.BYTES)) {
            case UNKNOWN -> UNKNOWN_MEMORY;
            case OUTSIDE -> NO_MEMORY;
            default -> (memory.readLong(address) >>> requester % Long.SIZE & 1) != 0 ? PASSES : BLOCKED;
        };
    }

    /** Address of the word that holds a requester's bit. */
    public long wordAddress(int requester) {
        return None.BASE.address(registers.read64(None.PERMIT_BASE.offset())) + (long) (requester / Long.SIZE) * Long.BYTES;
    }
}
