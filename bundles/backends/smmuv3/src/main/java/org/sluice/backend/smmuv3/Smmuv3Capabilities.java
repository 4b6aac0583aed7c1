// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.List;

import org.sluice.api.BackendInfo.Capability;

/** What this backend does and does not do: the table in the bundle's README, which a test compares with this one. */
final class Smmuv3Capabilities {
    static final List<Capability> ALL = List.of(
            new Capability("stream tables, linear and two-level", SUPPORTED, "SPLIT 6, 8 and 10"),
            new Capability("context descriptors, linear and two-level, substreams", SUPPORTED, "SubstreamID is the PASID"),
            new Capability("stage 1, stage 2 and nested, VMSAv8-64", SUPPORTED,
                    "4K, 16K and 64K, blocks, both halves, top byte ignored, concatenated tables"),
            new Capability("52-bit addresses", SUPPORTED, "64K with OAS = 52, 4K and 16K with DS"),
            new Capability("hierarchical permissions, privileged and EL2 streams, execute permission", SUPPORTED,
                    "unprivileged data accesses unless STE.PRIVCFG and INSTCFG say otherwise"),
            new Capability("access flag and dirty state managed by hardware", SUPPORTED,
                    "judged as hardware would; a unit modelled from reset updates entries of both stages"),
            new Capability("translation off", SUPPORTED, "GBPA decides"),
            new Capability("registers", SUPPORTED,
                    "in a unit modelled from reset, with acknowledgements and the moments when they can be written; of a stopped machine they stay"),
            new Capability("command queue", SUPPORTED, "in a unit modelled from reset every command, range invalidation, SYNC messages, and the three errors"),
            new Capability("event queue and global errors", SUPPORTED,
                    "decoded; a unit modelled from reset writes records, with overflow, abort and messages; nothing is merged"),
            new Capability("configuration cache", SUPPORTED, "stream entries and context descriptors, invalid ones too, live until a CFGI command"),
            new Capability("translation cache", SUPPORTED,
                    "in a unit modelled from reset an entry lives until its TLBI; in a stopped machine a changed entry counts at once"),
            new Capability("stalling", SUPPORTED,
                    "in a unit modelled from reset a transaction waits for RESUME or STALL_TERM; after two seconds it is terminated"),
            new Capability("ATS and page requests", SUPPORTED, "in a unit modelled from reset: full ATS, translated transactions, the page request queue"),
            new Capability("interrupts", SUPPORTED, "messages are writes; a known ITS doorbell is named; the unit's own go to memory or out"),
            new Capability("driver", SUPPORTED,
                    "one table a domain, of stage 1 where there is one; substreams, pass-through, ranges of invalidation, dirty state, device memory"),
            new Capability("tables of users over parents", SUPPORTED,
                    "the driver lays a user's stage 1 (words 0 and 1 of a stream table entry) over stage 2 and takes its commands; no EATS, nothing stalls"),
            new Capability("memory types", SUPPORTED, "named per mapping; of nested mappings that of stage 1; they change nothing in a model"),
            new Capability("contiguous hint", READS_AS_UNSUPPORTED, "pages keep their own size"),
            new Capability("split-stage ATS", READS_AS_UNSUPPORTED, "IDR0.NS1ATS is 1: STE.EATS = 2 is illegal"),
            new Capability("wired interrupts, events to processors, broadcast maintenance, address translation registers", READS_AS_UNSUPPORTED,
                    "SEV, BTM, ATOS and VATOS of IDR0 are 0 in a unit modelled from reset"),
            new Capability("AArch32 tables", NOT_MODELLED, "unknown; a unit modelled from reset says that it has none"),
            new Capability("read as zero, write ignored (CD.A = 0)", NOT_MODELLED, "told as the event, like an abort"),
            new Capability("Secure and Realm states, MPAM, enhanced command queues, 128-bit descriptors", NOT_MODELLED,
                    "fields are named where they meet others"));

    private Smmuv3Capabilities() {
    }
}
