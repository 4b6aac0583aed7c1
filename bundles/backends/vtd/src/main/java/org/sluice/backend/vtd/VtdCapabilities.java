// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.List;

import org.sluice.api.BackendInfo.Capability;

/** What this backend does and does not do: the table in the bundle's README, which a test compares with this one. */
final class VtdCapabilities {
    static final List<Capability> ALL = List.of(
            new Capability("Legacy mode", SUPPORTED, "root and context entries, types 00, 01 and 10"),
            new Capability("Scalable mode", SUPPORTED, "both halves of root entries, PASID directory and table entries, RID_PASID"),
            new Capability("Second-stage tables", SUPPORTED, "3, 4 and 5 levels; 4K, 2M and 1G pages; SNP"),
            new Capability("First-stage tables", SUPPORTED, "4 and 5 levels; 4K, 2M and 1G pages; user, write and execute permission"),
            new Capability("Nested translation", SUPPORTED, "both walks with their own faults; the inner tables are not audited"),
            new Capability("Pass-through", SUPPORTED, "addresses unchanged; legacy mode checks the width"),
            new Capability("Abort-DMA mode", SUPPORTED, "every request blocked, without a fault reason"),
            new Capability("Interrupt remapping", SUPPORTED, "remappable and compatibility format, source validation, 32-bit destinations"),
            new Capability("Posted interrupts", SUPPORTED, "entry and descriptor decoded; a unit modelled from reset notes the vector and notifies"),
            new Capability("Invalidation queue", SUPPORTED,
                    "descriptors of both widths decoded; a unit modelled from reset executes them, with waits and every error"),
            new Capability("Page request queue", SUPPORTED, "decoded; a unit modelled from reset stores requests, with overflow, event and responses"),
            new Capability("Fault records", SUPPORTED, "decoded; a unit modelled from reset writes them, with overflow and event"),
            new Capability("Partly known registers", SUPPORTED, "an answer that rests on one that is not known is unknown and names it"),
            new Capability("Context and PASID caches", SUPPORTED,
                    "one cache for both: an entry lives until it is invalidated, and an invalidation of either may drop more"),
            new Capability("Translation cache", SUPPORTED,
                    "in a unit modelled from reset an entry lives until its invalidation; in a stopped machine a changed entry counts at once"),
            new Capability("Register writes", SUPPORTED, "in a unit modelled from reset; registers of a stopped machine stay as they were"),
            new Capability("Driver", SUPPORTED, "legacy tables, or scalable ones with either stage: attach, PASIDs, pass-through, map and unmap, fault drain"),
            new Capability("Tables of users over parents", SUPPORTED,
                    "an entry for each PASID lays a user's first stage (root, width, flags) over a second stage, in scalable mode with second-stage tables"),
            new Capability("Driving interrupt remapping", SUPPORTED, "an entry of its own for each vector, with its requester; needs no DMA translation"),
            new Capability("Interrupt entry cache", SUPPORTED, "in a unit modelled from reset an entry lives until it is invalidated; in a stopped machine a changed entry counts at once"),
            new Capability("Accessed and dirty bits", SUPPORTED, "written by a unit modelled from reset: first stage always, second stage with SSADE; not the extended accessed flag"),
            new Capability("Device-TLBs", SUPPORTED, "in a unit modelled from reset: translation and translated requests, both invalidations"),
            new Capability("Supervisor requests", NOT_MODELLED, "every request is a user request; SRE, WPE and SMEP have no effect"),
            new Capability("Execute permission of the second stage", NOT_MODELLED, "reads and execution are not told apart"),
            new Capability("Advanced fault log", NOT_MODELLED, "its registers are decoded"),
            new Capability("Protected memory regions", SUPPORTED, "in a unit modelled from reset: low and high region block what no table translates; the inspector shows the registers only"),
            new Capability("Performance monitoring, enhanced commands, memory types", NOT_MODELLED, "registers are shown as numbers"),
            new Capability("Tables of 2 and 6 levels", READS_AS_UNSUPPORTED, "AW 0 and 4 of early revisions are invalid (fault 03h or 5Bh)"));

    private VtdCapabilities() {
    }
}
