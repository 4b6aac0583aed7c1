// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Table;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixAudit.Root;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;

/** Root, context and PASID structures: each by itself, and domain ids across requesters. One audit serves one verification. */
final class ConfigurationAudit {
    static final String WIDTH_DIFFERS = "width-differs";
    /** Tables of one depth that make a single one of another depth stand out. */
    private static final int MANY = 3;

    /** Flags of PASID table entries that do nothing, or worse, in a unit without the capability. */
    private static final Map<BitField, BitField> PASID_FLAGS = Map.of(PasidEntry.SECOND_STAGE_DIRTY, CapabilityRegisters.SSADS,
            PasidEntry.WALK_SNOOP, CapabilityRegisters.SMPWCS, PasidEntry.SUPERVISOR, CapabilityRegisters.SRS,
            PasidEntry.EXECUTE, CapabilityRegisters.ERS, PasidEntry.EXTENDED_ACCESSED, CapabilityRegisters.EAFS);
    private static final long NO_TABLE = -1;

    private final Subject subject;
    private final Findings findings;
    /** Second-stage tables by root, as first seen. */
    private final Map<Long, Root> secondStages = new LinkedHashMap<>();
    private final Map<Long, Integer> contextTables = new HashMap<>();
    private final TagUses<Tag, Long> domains;

    /** What translation caches tell entries apart by: section 6.2, tagging of cached translations. */
    private record Tag(boolean firstStage, int domain, int pasid) {
        String text() {
            return "domain " + domain + (firstStage ? ", PASID " + pasid : "");
        }
    }

    ConfigurationAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
        domains = new TagUses<>(findings, Tag::text, ConfigurationAudit::name);
    }

    /** The root table itself. */
    void rootTable() {
        if (subject.lookup().gate() == null && subject.lookup().find(0, TranslationRequest.NO_PASID) instanceof Blocked blocked
                && blocked.reason() == FaultReason.ROOT_ADDRESS_INVALID) {
            findings.defect(null, blocked.reason().label(), ControlRegisters.RTADDR.offset(), List.of(), blocked.reason().meaning() + ": "
                    + blocked.detail(), ControlRegisters.RTADDR.layout());
        }
        if (!subject.hasTables()) {
            return;
        }
        boolean scalable = subject.state().scalable();
        long table = subject.state().address(ControlRegisters.RTADDR, ControlRegisters.ROOT_TABLE);
        if (subject.memory().presence(table, Long.BYTES) == Presence.OUTSIDE) {
            findings.defect(null, "table-outside-ram", ControlRegisters.RTADDR.offset(), List.of(table),
                    "RTADDR names a root table at " + Hex.of(table) + ", which is not in RAM", ControlRegisters.RTADDR.layout());
            return;
        }
        int halves = scalable ? 2 : 1;
        for (int i = 0; i < RootEntry.ENTRIES * halves; i++) {
            long address = table + (long) i * RootEntry.BYTES / halves;
            if (subject.memory().presence(address, RootEntry.BYTES / halves) == Presence.UNKNOWN) {
                findings.unknown(address);
            } else if (subject.memory().presence(address, RootEntry.BYTES / halves) == Presence.PRESENT) {
                rootEntry(Structure.read(subject.memory(), scalable ? RootEntry.SCALABLE : RootEntry.LEGACY, address), i);
            }
        }
    }

    private void rootEntry(Structure entry, int index) {
        if (!entry.is(RootEntry.PRESENT)) {
            return;
        }
        findings.looked(1);
        String violation = subject.lookup().rootViolation(entry);
        if (violation != null) {
            findings.defect(null, "reserved-bit", entry, violation);
            return;
        }
        long table = entry.getAddress(RootEntry.CONTEXT_TABLE);
        Presence presence = subject.memory().presence(table, Vtd.PAGE_BYTES);
        if (presence == Presence.OUTSIDE) {
            findings.defect(null, "table-outside-ram", entry, "the context table at " + Hex.of(table) + " is not in RAM");
        } else if (presence == Presence.UNKNOWN) {
            findings.unknown(table);
        }
        Integer other = contextTables.putIfAbsent(table, index);
        if (other != null) {
            findings.defect(null, "table-shared", entry, "the context table at " + Hex.of(table) + " is also that of root entry " + other);
        }
    }

    /** Checks the requesters chosen; returns the page tables that they reach, for the audit of tables. */
    List<Root> requesters(Predicate<DeviceId> chosen) {
        List<Root> roots = new ArrayList<>();
        Requesters all = new Requesters(subject);
        all.visitSources((sourceId, missing) -> {
            DeviceId device = subject.device(sourceId);
            if (subject.hasTables() && chosen.test(device)) {
                judge(device, TranslationRequest.NO_PASID, subject.lookup().find(sourceId, TranslationRequest.NO_PASID), roots);
                all.visitPasids(sourceId, pasid -> judge(device, pasid, subject.lookup().find(sourceId, pasid), roots));
            }
        });
        return roots;
    }

    private void judge(DeviceId device, int pasid, Finding finding, List<Root> roots) {
        findings.looked(finding.trail().size());
        if (finding instanceof Unknown unknown && unknown.missing() != null) {
            findings.unknown(unknown.missing());
        } else if (finding instanceof Blocked blocked && isDefect(blocked.reason())) {
            Structure last = blocked.trail().get(blocked.trail().size() - 1);
            findings.defect(device, kind(blocked.reason()), last, blocked.reason().meaning() + ": " + blocked.detail());
        } else if (finding instanceof PassThrough pass) {
            passThrough(device, pass);
        } else if (finding instanceof Translated tables) {
            Structure entry = last(finding);
            translated(device, tables, false, entry, roots);
            translated(device, tables, true, entry, roots);
        }
        if (!(finding instanceof Blocked) && subject.state().knows(CapabilityRegisters.ECAP)) {
            finding.trail().forEach(entry -> capabilities(device, pasid, entry));
        }
    }

    /** An absent entry is how software blocks a requester; the root entry is judged by itself. */
    private static boolean isDefect(FaultReason reason) {
        return reason != null && switch (reason) {
            case ROOT_NOT_PRESENT, SM_ROOT_NOT_PRESENT, CONTEXT_NOT_PRESENT, SM_CONTEXT_NOT_PRESENT, PASID_DIRECTORY_NOT_PRESENT,
                    PASID_NOT_PRESENT, PASID_DISABLED, ROOT_ACCESS, SM_ROOT_ACCESS, ROOT_RESERVED, SM_ROOT_RESERVED, CONTEXT_ACCESS,
                    SM_CONTEXT_ACCESS, ROOT_ADDRESS_INVALID -> false;
            default -> true;
        };
    }

    private static String kind(FaultReason reason) {
        return switch (reason) {
            case CONTEXT_RESERVED, SM_CONTEXT_RESERVED, PASID_DIRECTORY_RESERVED, PASID_RESERVED -> "reserved-bit";
            case PASID_DIRECTORY_ACCESS, PASID_TABLE_ACCESS -> "table-outside-ram";
            default -> reason.label();
        };
    }

    private static Structure last(Finding finding) {
        return finding.trail().get(finding.trail().size() - 1);
    }

    /** Hardware takes the widest table's width for pass-through (section 9.3, field AW). */
    private void passThrough(DeviceId device, PassThrough pass) {
        Structure entry = last(pass);
        long aw = entry.get(ContextEntry.WIDTH);
        if (!pass.scalable() && (subject.state().supportsWidth(aw + 1) || subject.state().supportsWidth(aw + 2))) {
            findings.defect(device, "pass-through-width", entry, "AW=" + aw
                    + " is not the largest width of the unit, which pass-through needs");
        }
        domains.use(device, new Tag(false, pass.domain(), TranslationRequest.NO_PASID), NO_TABLE, entry);
    }

    private void translated(DeviceId device, Translated tables, boolean first, Structure entry, List<Root> roots) {
        Table table = first ? tables.first() : tables.second();
        if (table == null) {
            return;
        }
        domains.use(device, new Tag(first, tables.domain(), first ? tables.pasid() : TranslationRequest.NO_PASID), table.root(), entry);
        if (first && tables.nested()) {
            return; // It lies in the guest's addresses: the audit of physical tables does not apply.
        }
        Root root = new Root(device, tables.nested() ? Root.PARENT : tables.domain(), table.format(), table.root(), entry.address(), entry.words());
        roots.add(root);
        if (!first) {
            secondStages.putIfAbsent(table.root(), root);
        }
    }

    /** One table deeper or flatter than all others of the unit: software chooses the width once a unit. */
    void widths() {
        Map<Integer, List<Root>> byLevels = secondStages.values().stream().collect(Collectors.groupingBy(r -> r.format().levels()));
        if (byLevels.size() != 2 || byLevels.values().stream().noneMatch(tables -> tables.size() >= MANY)) {
            return;
        }
        byLevels.values().stream().filter(tables -> tables.size() == 1).map(tables -> tables.get(0)).forEach(odd -> {
            boolean legacy = !subject.state().scalable();
            findings.defect(odd.device(), WIDTH_DIFFERS, odd.entryAddress(), odd.entry(), "the table of domain " + odd.domain() + " is read with "
                    + odd.format().levels() + " levels, all others of the unit with another number", legacy ? ContextEntry.LAYOUT : PasidEntry.LAYOUT);
        });
    }

    private static String name(long table) {
        return table == NO_TABLE ? "pass-through" : "the table at " + Hex.of(table);
    }

    /** Values that a unit without the capability must not be given, although it does not refuse them. */
    private void capabilities(DeviceId device, int pasid, Structure entry) {
        if (entry.layout() == PasidEntry.LAYOUT) {
            PASID_FLAGS.forEach((flag, capability) -> {
                if (entry.is(flag) && !subject.state().ecap(capability)) {
                    findings.defect(device, "capability-missing", entry, flag.name() + "=1 needs ECAP." + capability.name());
                }
            });
        } else if (entry.layout() == ScalableContextEntry.LAYOUT && pasid == TranslationRequest.NO_PASID
                && entry.get(ScalableContextEntry.RID_PASID) != 0 && !subject.state().ecap(CapabilityRegisters.RPS)) {
            findings.defect(device, "capability-missing", entry, "RID_PASID other than 0 needs ECAP.RPS");
        } else if (entry.layout() == ContextEntry.LAYOUT && entry.get(ContextEntry.DOMAIN) == 0
                && subject.state().cap(CapabilityRegisters.CM) != 0) {
            findings.defect(device, "domain-reserved", entry,
                    "domain 0 tags entries that are not present in a unit with caching mode (CAP.CM)");
        }
    }
}
