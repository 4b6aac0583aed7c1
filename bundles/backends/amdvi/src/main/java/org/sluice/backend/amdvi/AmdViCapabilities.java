// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.List;

import org.sluice.api.BackendInfo.Capability;

/** The capability table of the README; a test compares the two. */
final class AmdViCapabilities {
    static final List<Capability> ALL = List.of(
            new Capability("device table, also in segments", SUPPORTED, "up to 65536 entries, 8 segments"),
            new Capability("host tables, Mode 1 to 6", SUPPORTED, "all levels, skipped levels, pages of every power of two up to 2^52"),
            new Capability("guest tables, 4 and 5 levels", SUPPORTED, "by PASID through GCR3 tables of 1 to 3 levels"),
            new Capability("guest over host tables", SUPPORTED, "each guest table read goes through the host table"),
            new Capability("exclusion range", SUPPORTED, "addresses in it go out unchanged"),
            new Capability("interrupt remapping, 32 and 128 bit entries", SUPPORTED, "x2APIC destinations too"),
            new Capability("guest interrupts (GuestMode)", SUPPORTED,
                    "the virtual APIC page is marked and the GA log written; the doorbell to a running processor is not a message"),
            new Capability("command buffer", SUPPORTED,
                    "a unit modelled from reset executes every command, and stops at an illegal one or one that it cannot fetch"),
            new Capability("event, page request and GA logs", SUPPORTED,
                    "a unit modelled from reset writes them, with overflow, restart and interrupts"),
            new Capability("register writes, enable sequence", SUPPORTED,
                    "in a unit modelled from reset; registers of a stopped machine stay as they were"),
            new Capability("translation cache", SUPPORTED,
                    "in a unit modelled from reset an entry lives until its invalidation; in a stopped machine a changed page table counts at once"),
            new Capability("device table and interrupt entry caches", SUPPORTED,
                    "an entry lives until its invalidation; interrupt entries that are off, and those for guests, count at once"),
            new Capability("accessed and dirty updates", SUPPORTED, "host tables by DTE.HAD, guest tables always; in a unit modelled from reset"),
            new Capability("ATS, page requests", SUPPORTED, "in a unit modelled from reset, for devices that ask through it"),
            new Capability("driver", SUPPORTED, "host tables, pass-through, PASIDs by guest tables, interrupt remapping, dirty pages, event drain"),
            new Capability("tables of users over parents", SUPPORTED, "a user's GCR3 table (pieces of a device table entry) over a host table, with all PASIDs; no page requests"),
            new Capability("driving ATS, page requests, guest interrupts, pages of NextLevel 7", NOT_MODELLED,
                    "devices get no permission to use ATS; tables are written with 4K, 2M and 1G pages"),
            new Capability("interrupts of the unit by its PCI function", NOT_MODELLED,
                    "only MSI registers in the register page (EFR.MsiCapMmioSup) and x2APIC registers send messages"),
            new Capability("second logs, automatic answers to page requests", READS_AS_UNSUPPORTED, "the model's EFR does not announce them"),
            new Capability("SMI filter", NOT_MODELLED, "unknown while the filter is on; a unit modelled from reset does not announce it"),
            new Capability("SysMgt, IoCtl and HyperTransport ranges", NOT_MODELLED, "translated like any other address"),
            new Capability("hardware error registers, performance counters", READS_AS_UNSUPPORTED, "the model's EFR does not announce them"),
            new Capability("secure nested paging, virtual IOMMU", READS_AS_UNSUPPORTED, "registers and event codes are named only"));

    private AmdViCapabilities() {
    }
}
