// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.Status;

/**
 * Puts another backend in front of the devices of a unit while they do DMA. Truth stays where it is; the new backend gets a unit of its
 * own kind, filled with all mappings, and takes over in one step. Thread-safe; one swap of a unit at a time.
 */
@ProviderType
public interface SwapService {
    /**
     * Swaps, or says with all reasons why not; the old backend serves on then. An interrupt of the calling thread ends a swap that has not switched yet,
     * and so does what {@code progress} throws: the report says {@code FAILED} with {@code INTERRUPTED}. The thread stays interrupted.
     */
    SwapReport swap(Machine machine, String unit, String backend, SwapOptions options, Progress progress);

    /**
     * The reasons why that backend could not serve the unit's devices as they are mapped now; empty if it could. Leaves no trace: nothing is
     * remembered in the {@link #history}, and nothing is written but memory that no unit uses.
     *
     * @throws RefusedException {@code BUSY} while the unit is being swapped
     */
    List<Refusal> probe(Machine machine, String unit, String backend);

    /** Where a unit stands. */
    Status status(Machine machine, String unit);

    /** The last swaps of a machine, oldest first; a limited number. */
    List<SwapReport> history(Machine machine);

    /**
     * How to swap.
     *
     * @param deadlineMillis how long filling may take, and how long the switch may wait for DMA that is under way; 0 for no limit
     * @param force when the deadline of the switch passes, switch all the same and report what was cut short, instead of staying with the old
     * @param dryRun only say what would happen
     */
    record SwapOptions(long deadlineMillis, boolean force, boolean dryRun) {
        public static final SwapOptions DEFAULT = new SwapOptions(10_000, false, false);
    }

    /**
     * What became of a swap.
     *
     * @param from backend before, or null
     * @param state {@link SwapState#ACTIVE}, {@code REFUSED} or {@code FAILED}; {@code PROBING} after a dry run that found nothing
     * @param mappings mappings moved
     * @param prepareNanos from the beginning to the closing of the gate
     * @param blackoutNanos how long the gate was closed: from its closing to its opening, all tries together where DMA of a device held up the switch
     */
    record SwapReport(String machine, String unit, String from, String to, SwapState state, String text, long mappings, long prepareNanos,
            long blackoutNanos, List<Refusal> refusals) {
        public SwapReport {
            refusals = List.copyOf(refusals);
        }
    }
}
