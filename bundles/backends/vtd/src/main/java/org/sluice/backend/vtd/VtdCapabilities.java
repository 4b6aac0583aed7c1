// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.List;

import org.sluice.api.BackendInfo.Capability;

/** What this backend does and does not do: the table in the bundle's README, which a test compares with this one. */
final class VtdCapabilities {
    private static final String YES = "supported";
    private static final String NO = "not-modelled";

    static final List<Capability> ALL = List.of(
            new Capability("Legacy mode", YES, "root and context entries, types 00, 01 and 10"),
            new Capability("Scalable mode", YES, "both halves of root entries, PASID directory and table entries, RID_PASID"),
            new Capability("Second-stage tables", YES, "3, 4 and 5 levels; 4K, 2M and 1G pages; SNP"),
            new Capability("First-stage tables", YES, "4 and 5 levels; 4K, 2M and 1G pages; user, write and execute permission"),
            new Capability("Nested translation", YES, "both walks with their own faults; the inner tables are not audited"),
            new Capability("Pass-through", YES, "addresses unchanged; legacy mode checks the width"),
            new Capability("Abort-DMA mode", YES, "every request blocked, without a fault reason"),
            new Capability("Interrupt remapping", YES, "remappable and compatibility format, source validation, 32-bit destinations"),
            new Capability("Posted interrupts", YES, "entry and descriptor decoded; a unit modelled from reset notes the vector and notifies"),
            new Capability("Invalidation queue", YES,
                    "descriptors of both widths decoded; a unit modelled from reset executes them, with waits and every error"),
            new Capability("Page request queue", YES, "decoded; a unit modelled from reset stores requests, with overflow, event and responses"),
            new Capability("Fault records", YES, "decoded; a unit modelled from reset writes them, with overflow and event"),
            new Capability("Partly known registers", YES, "an answer that rests on one that is not known is unknown and names it"),
            new Capability("Context and PASID caches", YES,
                    "one cache for both: an entry lives until it is invalidated, and an invalidation of either may drop more"),
            new Capability("Translation cache", YES,
                    "in a unit modelled from reset an entry lives until its invalidation; in a stopped machine a changed entry counts at once"),
            new Capability("Register writes", YES, "in a unit modelled from reset; registers of a stopped machine stay as they were"),
            new Capability("Driver", YES, "legacy tables, or scalable ones with either stage: attach, PASIDs, pass-through, map and unmap, fault drain"),
            new Capability("Tables of users over parents", YES,
                    "an entry for each PASID lays a user's first stage (root, width, flags) over a second stage, in scalable mode with second-stage tables"),
            new Capability("Driving interrupt remapping", YES, "an entry of its own for each vector, with its requester; needs no DMA translation"),
            new Capability("Interrupt entry cache", YES, "in a unit modelled from reset an entry lives until it is invalidated; in a stopped machine a changed entry counts at once"),
            new Capability("Accessed and dirty bits", YES, "written by a unit modelled from reset: first stage always, second stage with SSADE; not the extended accessed flag"),
            new Capability("Device-TLBs", YES, "in a unit modelled from reset: translation and translated requests, both invalidations"),
            new Capability("Supervisor requests", NO, "every request is a user request; SRE, WPE and SMEP have no effect"),
            new Capability("Execute permission of the second stage", NO, "reads and execution are not told apart"),
            new Capability("Advanced fault log", NO, "its registers are decoded"),
            new Capability("Protected memory regions", YES, "in a unit modelled from reset: low and high region block what no table translates; the inspector shows the registers only"),
            new Capability("Performance monitoring, enhanced commands, memory types", NO, "registers are shown as numbers"),
            new Capability("Tables of 2 and 6 levels", "reads-as-unsupported", "AW 0 and 4 of early revisions are invalid (fault 03h or 5Bh)"));

    private VtdCapabilities() {
    }
}
