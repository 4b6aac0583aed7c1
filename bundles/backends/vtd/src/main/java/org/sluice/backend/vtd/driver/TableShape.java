// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.Set;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.VtdFormats.FirstStage;
import org.sluice.backend.vtd.layout.VtdFormats.SecondStage;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Which tables a unit can have in the mode that it is driven in: widths, page sizes, formats. Immutable. */
final class TableShape {
    private static final int PAGE_SHIFT = 12;
    private static final int LEVEL_BITS = 9;
    private static final long PAGES_2M = 1L << 21;
    private static final long PAGES_1G = 1L << 30;
    private static final int MIN_LEVELS = 3;
    private static final int MAX_LEVELS = 5;

    private final UnitPort port;
    private final UnitState state;
    private final DriverMode mode;

    TableShape(UnitPort port, UnitState state, DriverMode mode) {
        this.port = port;
        this.state = state;
        this.mode = mode;
    }

    boolean isFirstStage() {
        return mode.isFirstStage();
    }

    long pageSizes() {
        if (isFirstStage()) {
            return 1L << PAGE_SHIFT | PAGES_2M | (port.cap(CapabilityRegisters.FS1GP) != 0 ? PAGES_1G : 0);
        }
        long superpages = port.cap(CapabilityRegisters.SSLPS);
        return 1L << PAGE_SHIFT | ((superpages & 1) != 0 ? PAGES_2M : 0) | ((superpages & 2) != 0 ? PAGES_1G : 0);
    }

    Set<Integer> permissions() {
        return isFirstStage() ? Set.of(Permissions.READ, Permissions.READ_WRITE)
                : Set.of(Permissions.READ, Permissions.WRITE, Permissions.READ_WRITE);
    }

    private boolean exists(int levels) {
        if (isFirstStage()) {
            return levels == 4 || levels == MAX_LEVELS && port.cap(CapabilityRegisters.FS5LP) != 0;
        }
        return state.supportsWidth(levels - 2);
    }

    /** Input bits that tables of so many levels give; of a first stage the lower half of the canonical addresses. */
    private int inputBits(int levels) {
        int bits = PAGE_SHIFT + LEVEL_BITS * levels;
        return isFirstStage() ? bits - 1 : Math.min(state.inputBits(), bits);
    }

    /** Levels of the widest second-stage tables: pass-through entries name them too. */
    int widest() {
        for (int levels = MAX_LEVELS; levels >= MIN_LEVELS; levels--) {
            if (state.supportsWidth(levels - 2)) {
                return levels;
            }
        }
        throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no second-stage tables (CAP.SAGAW)");
    }

    int widestInput() {
        int bits = 0;
        for (int levels = MIN_LEVELS; levels <= MAX_LEVELS; levels++) {
            bits = exists(levels) ? Math.max(bits, inputBits(levels)) : bits;
        }
        if (bits == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no tables that this driver could use");
        }
        return bits;
    }

    /** The fewest levels that cover the input. */
    int levels(int wanted) {
        for (int levels = MIN_LEVELS; levels <= MAX_LEVELS; levels++) {
            if (exists(levels) && inputBits(levels) >= wanted) {
                return levels;
            }
        }
        throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no tables of " + wanted + " bits");
    }

    RadixFormat format(int levels) {
        if (isFirstStage()) {
            return new FirstStage(levels, state.hostBits(), port.cap(CapabilityRegisters.FS1GP) != 0, false, false).format();
        }
        long sizes = pageSizes();
        boolean snoop = mode.isScalable() || port.ecap(CapabilityRegisters.SC);
        return new SecondStage(levels, inputBits(levels), state.hostBits(), (sizes & PAGES_2M) != 0, (sizes & PAGES_1G) != 0, snoop,
                false).format();
    }
}
