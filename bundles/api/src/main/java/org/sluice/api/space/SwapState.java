// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/** Where a backend stands in front of a unit's devices. */
public enum SwapState {
    /** Nobody serves the unit: DMA is blocked, changes of spaces are kept. */
    ABSENT,
    /** Asked whether it can express what is mapped. */
    PROBING,
    /** Gets the mappings, while the old one serves. */
    FILLING,
    /** The gate is closed. */
    SWITCHING,
    /** It serves. */
    ACTIVE,
    /** It no longer serves, and its tables are not freed yet. */
    DRAINING,
    /** It is gone. */
    RETIRED,
    /** It cannot express what is mapped; the old one serves. */
    REFUSED,
    /** It broke, ran out of time or was interrupted; the old one serves, or DMA is blocked. */
    FAILED
}
