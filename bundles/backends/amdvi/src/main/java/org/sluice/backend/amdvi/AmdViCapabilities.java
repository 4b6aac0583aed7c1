// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.List;

import org.sluice.api.BackendInfo.Capability;

/** The capability table of the README; a test compares the two. */
final class AmdViCapabilities {
    private static final String SUPPORTED = "supported";
    private static final String NOT_MODELLED = "not-modelled";

    static final List<Capability> ALL = List.of(
            new Capability("device table, also in segments", SUPPORTED, "up to 65536 entries, 8 segments"),
            new Capability("host tables, Mode 1 to 6", SUPPORTED, "all levels, skipped levels, pages of every power of two up to 2^52"),
            new Capability("guest tables, 4 and 5 levels", SUPPORTED, "by PASID through GCR3 tables of 1 to 3 levels"),
            new Capability("guest over host tables", SUPPORTED, "each guest table read goes through the host table"),
            new Capability("exclusion range", SUPPORTED, "addresses in it go out unchanged"),
            new Capability("interrupt remapping, 32 and 128 bit entries", SUPPORTED, "x2APIC destinations too"),
            new Capability("guest interrupts (GuestMode)", SUPPORTED, "decoded; nothing is written to the virtual APIC page or the GA log"),
            new Capability("command buffer", NOT_MODELLED, "commands are decoded, none is executed"),
            new Capability("event, page request and GA logs", NOT_MODELLED, "records are decoded, none is written"),
            new Capability("register writes, enable sequence", NOT_MODELLED, "registers are those of the machine when the model was made"),
            new Capability("translation caches", NOT_MODELLED, "device table entries are cached, page tables are read each time"),
            new Capability("accessed and dirty updates", NOT_MODELLED, "bits stay as software wrote them"),
            new Capability("ATS, page requests", NOT_MODELLED, "requests are taken as untranslated"),
            new Capability("SMI filter", NOT_MODELLED, "unknown while the filter is on"),
            new Capability("SysMgt, IoCtl and HyperTransport ranges", NOT_MODELLED, "translated like any other address"),
            new Capability("secure nested paging, virtual IOMMU", "reads-as-unsupported", "registers and event codes are named only"));

    private AmdViCapabilities() {
    }
}
