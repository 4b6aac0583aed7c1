// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.api.Permissions;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.SpaceUnits.Link;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;

/**
 * Reads a unit's tables with its inspector, which knows nothing of how they were written, and holds them against the space: every byte that is mapped
 * is there, with its output and permissions, and nothing else is. Doorbells are left out, each unit has its own way to them.
 */
final class Sweep implements MappingSink {
    private static final int COMPARED = Permissions.READ | Permissions.WRITE;

    private final RangeMap truth;
    private final RangeMap.Entry entry = new RangeMap.Entry();
    /** Whether {@link #entry} is one that the tables have not told wholly yet. */
    private boolean open;
    /** The next address of it. */
    private long at;
    private String difference;

    private Sweep(RangeMap truth) {
        this.truth = truth;
        open = truth.first(0, entry);
        at = entry.start();
        skipDoorbells();
    }

    /**
     * Sweeps the tables of all devices of a space behind a slot.
     *
     * @throws RefusedException with the first difference
     */
    static void check(Space space, UnitSlot slot, LiveUnit unit) {
        Inspector inspector = unit.inspector().orElseThrow(() -> new IommuException(Reason.UNSUPPORTED, "backend " + unit.backendName()
                + " has no inspector: what it put into unit " + slot.name() + " cannot be read back"));
        for (Link link : space.units().links()) {
            if (link.slot() == slot) {
                String found = difference(inspector.context(link.device(), link.pasid()), space.truth());
                if (found != null) {
                    throw new RefusedException(Refusal.of(Rule.BACKEND, null, "the tables of " + link.device() + " do not say what space " + space.name()
                            + " does: " + found, "give the unit another backend with unit-swap"));
                }
            }
        }
    }

    private static String difference(RequesterContext context, RangeMap truth) {
        if (context.state() != State.TRANSLATED) {
            return "its DMA is " + context.state() + " (" + context.text() + ")";
        }
        Sweep sweep = new Sweep(truth);
        context.table().visit(sweep);
        if (sweep.difference == null && sweep.open) {
            sweep.missing(sweep.at);
        }
        return sweep.difference;
    }

    @Override
    public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
        if (!open || Long.compareUnsigned(iova, at) < 0) {
            if (!isDoorbell(iova)) {
                difference = "they map " + new AddressRange(iova, last) + ", which is not mapped";
            }
        } else if (iova != at) {
            missing(at);
        } else if (Long.compareUnsigned(last, entry.last()) > 0 || output != entry.output() + (iova - entry.start())
                || ((permissions ^ Flags.permissions(entry.flags())) & COMPARED) != 0) {
            difference = new AddressRange(iova, last) + " leads to " + Hex.of(output) + " with '" + Permissions.text(permissions) + "'";
        } else {
            advance(last);
        }
        return difference == null;
    }

    private void advance(long last) {
        if (last == entry.last()) {
            open = truth.next(entry);
            at = entry.start();
            skipDoorbells();
        } else {
            at = last + 1;
        }
    }

    private void skipDoorbells() {
        while (open && Flags.kind(entry.flags()) == RangeKind.DOORBELL) {
            open = truth.next(entry);
            at = entry.start();
        }
    }

    private boolean isDoorbell(long iova) {
        RangeMap.Entry there = new RangeMap.Entry();
        return truth.overlap(iova, iova, there) && Flags.kind(there.flags()) == RangeKind.DOORBELL;
    }

    private void missing(long iova) {
        difference = Hex.of(iova) + " is mapped, and they do not say so";
    }

    @Override
    public boolean unknown(long iova, long last, long tableAddress) {
        difference = "a table at " + Hex.of(tableAddress) + " cannot be read";
        return false;
    }
}
