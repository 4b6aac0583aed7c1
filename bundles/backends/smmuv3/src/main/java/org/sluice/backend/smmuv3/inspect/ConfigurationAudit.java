// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.FieldValue;
import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Half;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixAudit.Root;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/** Stream table entries and context descriptors: each by itself, and ASIDs and VMIDs across requesters. One audit serves one verification. */
final class ConfigurationAudit {
    private static final int NO_TAG = -1;

    private final Subject subject;
    private final Findings findings;
    private final List<Root> roots = new ArrayList<>();
    private final TagUses<Tag, List<Long>> uses;
    private final Set<Long> judged = new HashSet<>();

    /** What cached translations are told apart by (section 3.8): the world, VMID and ASID, those that count there. */
    private record Tag(boolean second, int world, int vmid, int asid) {
        String text() {
            return second ? "VMID " + vmid : asid == NO_TAG ? "the EL2 world" : "ASID " + asid + (vmid == NO_TAG ? "" : " of VMID " + vmid);
        }
    }

    ConfigurationAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
        uses = new TagUses<>(findings, Tag::text, ConfigurationAudit::text);
    }

    /** Checks the requesters chosen; returns the tables that they reach, for the audit of tables. */
    List<Root> requesters(Predicate<DeviceId> chosen) {
        Requesters all = new Requesters(subject);
        all.visitStreams((streamId, missing) -> {
            DeviceId device = subject.streams().devices(streamId).stream().filter(chosen).findFirst().orElse(null);
            if (device != null) {
                judge(device, subject.lookup().find(streamId, TranslationRequest.NO_PASID));
                all.visitSubstreams(streamId, pasid -> judge(device, subject.lookup().find(streamId, pasid)));
            }
        });
        return roots;
    }

    private void judge(DeviceId device, Finding finding) {
        findings.looked(finding.trail().size());
        if (finding instanceof Unknown unknown && unknown.missing() != null) {
            findings.unknown(unknown.missing());
        } else if (finding instanceof Blocked blocked && isDefect(blocked)) {
            findings.defect(device, kind(blocked.event()), last(blocked), Texts.of(blocked));
        } else if (finding instanceof Translated tables) {
            translated(device, tables);
        }
        for (Structure structure : finding.trail()) {
            if (judged.add(structure.address() ^ structure.layout().bits())) {
                structure(device, structure);
            }
        }
    }

    /** What software does to block a requester is none: an aborting or invalid entry, a substream that is not there. */
    private static boolean isDefect(Blocked blocked) {
        return switch (blocked.event()) {
            case ABORT, C_BAD_STREAMID, C_BAD_SUBSTREAMID, F_STREAM_DISABLED -> false;
            case C_BAD_STE -> last(blocked).is(StreamEntry.VALID);
            default -> !blocked.trail().isEmpty();
        };
    }

    private static String kind(SmmuEvent event) {
        return switch (event) {
            case C_BAD_STE -> "stream-entry-illegal";
            case C_BAD_CD -> "context-descriptor-illegal";
            case F_STE_FETCH, F_CD_FETCH -> "table-outside-ram";
            default -> "context-descriptor-unreachable";
        };
    }

    private static Structure last(Finding finding) {
        return finding.trail().get(finding.trail().size() - 1);
    }

    /** Reserved bits and values of a structure that is in use. */
    private void structure(DeviceId device, Structure s) {
        boolean entry = s.layout() == StreamEntry.LAYOUT;
        if (!entry && s.layout() != ContextDescriptor.LAYOUT && s.layout() != ContextDescriptor.LEVEL_1) {
            return;
        }
        FieldValue reserved = s.reservedViolation();
        if (reserved != null) {
            findings.defect(device, "reserved-bit", s, "reserved bits " + reserved.field().high() + ":" + reserved.field().low() + " of the "
                    + s.layout().name() + " hold " + Hex.of(reserved.value()));
        }
        if (entry && (s.get(StreamEntry.CONFIG) & 1) != 0 && s.get(StreamEntry.CD_MAX) != 0) {
            value(device, s, s.get(StreamEntry.S1_FORMAT) == 3, "S1Fmt=3 is reserved and read as linear");
            value(device, s, s.get(StreamEntry.DSS) == 3, "S1DSS=3 is reserved and read as terminate");
        }
    }

    private void value(DeviceId device, Structure s, boolean broken, String rule) {
        if (broken) {
            findings.defect(device, "reserved-value", s, rule);
        }
    }

    private void translated(DeviceId device, Translated tables) {
        Stage1 first = tables.first();
        Stage2 second = tables.second();
        Structure ste = tables.trail().stream().filter(s -> s.layout() == StreamEntry.LAYOUT).findFirst().orElseThrow();
        int vmid = (int) ste.get(StreamEntry.VMID);
        if (second != null) {
            uses.use(device, new Tag(true, StreamEntry.WORLD_EL1, vmid, NO_TAG), List.of(second.root()), ste);
            root(device, vmid, second.format(), second.root(), ste.getAddress(StreamEntry.S2_TABLE), ste, 0);
        }
        if (first == null) {
            return;
        }
        Structure cd = last(tables);
        boolean el1 = first.world() == StreamEntry.WORLD_EL1;
        // EL2 has no VMID, and no ASID either unless it has two halves. Stage 1 alone is tagged with a VMID where there is a stage 2.
        Tag tag = new Tag(false, first.world(), el1 && subject.state().stage2() ? vmid : NO_TAG, first.upper() != null ? first.asid() : NO_TAG);
        List<Long> both = new ArrayList<>();
        both.add(first.lower().format() == null ? null : first.lower().root());
        both.add(first.upper() == null || first.upper().format() == null ? null : first.upper().root());
        uses.use(device, tag, both, cd);
        if (second == null) {
            // Nested tables lie in the guest's addresses: the audit of physical tables does not apply.
            half(device, first, first.lower(), cd.getAddress(ContextDescriptor.TTB0), cd, 0);
            if (first.upper() != null) {
                half(device, first, first.upper(), cd.getAddress(ContextDescriptor.TTB1), cd, -1L << first.upper().inputBits());
            }
        }
    }

    private void half(DeviceId device, Stage1 first, Half half, long pointer, Structure cd, long base) {
        if (half.format() != null) {
            root(device, first.asid(), half.format(), half.root(), pointer, cd, base);
        }
    }

    private void root(DeviceId device, int domain, RadixFormat format, long table, long pointer, Structure entry, long base) {
        if (pointer != table) {
            findings.defect(device, "table-misaligned", entry, "the table at " + Hex.of(pointer) + " is not aligned to its size: it is read at " + Hex.of(table));
        }
        roots.add(new Root(device, domain, format, table, entry.address(), entry.words(), base));
    }

    private static String text(List<Long> tables) {
        return "tables at " + String.join(" and ", tables.stream().filter(t -> t != null).map(Hex::of).toList());
    }
}
