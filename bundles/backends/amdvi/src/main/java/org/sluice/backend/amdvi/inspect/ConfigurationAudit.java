// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Table;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixAudit.Root;
import org.sluice.kit.register.Register;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;

/** The device table: each entry by itself, and domain ids across requesters. One audit serves one verification. */
final class ConfigurationAudit {
    /** Flags of device table entries that need a feature of the unit. */
    private static final Map<BitField, BitField> FEATURES = Map.of(DeviceTableEntry.GUEST_VALID, ControlRegisters.GUEST_SUPPORTED,
            DeviceTableEntry.PAGE_REQUESTS, ControlRegisters.PPR_SUPPORTED);
    private static final long PASSES = -1;

    private final Subject subject;
    private final Findings findings;
    private final ContextEnumerator enumerator;
    private final List<Root> roots = new ArrayList<>();
    private final TagUses<Tag, Long> domains;
    /** Entries judged, by DeviceID. */
    private final Map<Integer, Structure> entries = new TreeMap<>();

    /** What translation caches tell entries apart by: host tables by domain, guest tables by domain and PASID (section 2.2). */
    private record Tag(boolean guest, int domain, int pasid) {
        String text() {
            return "domain " + domain + (guest ? ", PASID " + pasid : "");
        }
    }

    ConfigurationAudit(Subject subject, Findings findings, ContextReporter reporter) {
        this.subject = subject;
        this.findings = findings;
        domains = new TagUses<>(findings, Tag::text, ConfigurationAudit::name);
        this.enumerator = new ContextEnumerator(subject, reporter);
    }

    /** The device table itself: in RAM, as far as its registers say it goes. */
    void deviceTable() {
        UnitState state = subject.state();
        for (int segment = 0; state.knows(ControlRegisters.CONTROL) && segment < state.segments(); segment++) {
            Register register = UnitState.segmentRegister(segment);
            long address = state.entryAddress(state.firstDevice(segment));
            boolean inside = true;
            for (int i = 0; state.knows(register) && inside && i < state.entries(segment); i += BaseRegisters.ENTRIES_PER_PAGE) {
                long page = address + (long) i * DeviceTableEntry.BYTES;
                inside = subject.memory().presence(page, AmdVi.PAGE_BYTES) != Presence.OUTSIDE;
                if (!inside) {
                    long value = subject.context().registers().read64(register.offset());
                    findings.defect(null, "table-outside-ram", register.offset(), List.of(value), register.name() + " names a device table of "
                            + state.entries(segment) + " entries, of which those from " + Hex.of(page) + " on are not in RAM", register.layout());
                }
            }
        }
    }

    /** Checks the requesters chosen; returns the page tables that they reach, for the audit of tables. */
    List<Root> requesters(Predicate<DeviceId> chosen) {
        enumerator.visitDevices((deviceId, dte) -> {
            DeviceId device = subject.device(deviceId);
            if (chosen.test(device) && dte != null) {
                entries.put(deviceId, dte);
                judge(device, dte, subject.lookup().find(deviceId, TranslationRequest.NO_PASID));
                for (int pasid : enumerator.pasids(dte)) {
                    judge(device, null, subject.lookup().find(deviceId, pasid));
                }
            }
        }, first -> findings.unknown(subject.state().entryAddress(first)));
        return roots;
    }

    /** Entries that {@link #requesters} has judged, by DeviceID. */
    Map<Integer, Structure> entries() {
        return entries;
    }

    private void judge(DeviceId device, Structure dte, Finding finding) {
        findings.looked(finding.trail().size());
        if (finding instanceof Unknown unknown && unknown.missing() != null) {
            findings.unknown(unknown.missing());
        } else if (finding instanceof Blocked blocked && isDefect(blocked.event())) {
            Structure last = blocked.trail().get(blocked.trail().size() - 1);
            findings.defect(device, kind(blocked.event()), last, Texts.of(blocked));
        } else if (finding instanceof PassThrough pass && pass.domain() >= 0 && (pass.granted() & Permissions.READ_WRITE) != 0) {
            domains.use(device, new Tag(false, pass.domain(), TranslationRequest.NO_PASID), PASSES, finding.trail().get(0));
        } else if (finding instanceof Translated tables) {
            translated(device, tables);
        }
        if (dte != null && dte.is(DeviceTableEntry.VALID) && subject.state().knows(ControlRegisters.EFR)) {
            features(device, dte);
        }
    }

    /** An entry without translation, or a PASID without a table, is how software blocks a request. */
    private static boolean isDefect(Event event) {
        return event != Event.NOT_PRESENT && event != Event.GUEST_NOT_PRESENT && event != Event.BEYOND_TABLE && event != Event.DEV_TAB_HARDWARE_ERROR;
    }

    private static String kind(Event event) {
        return switch (event) {
            case ENTRY_RESERVED, GUEST_RESERVED_BIT -> "reserved-bit";
            case ENTRY_LEVEL -> "device-entry-invalid";
            case PAGE_TAB_HARDWARE_ERROR -> "table-outside-ram";
            default -> "guest-table-unreachable";
        };
    }

    private void translated(DeviceId device, Translated tables) {
        Structure dte = tables.trail().get(0);
        Structure last = tables.trail().get(tables.trail().size() - 1);
        Table host = tables.host();
        if (host != null) {
            domains.use(device, new Tag(false, tables.domain(), TranslationRequest.NO_PASID), host.root(), dte);
            int domain = tables.guest() == null ? tables.domain() : Root.PARENT;
            roots.add(new Root(device, domain, AmdViFormats.host(host.format().levels()), host.root(), dte.address(), dte.words()));
        }
        if (tables.guest() != null) {
            domains.use(device, new Tag(true, tables.domain(), tables.pasid()), tables.guest().root(), last);
            if (host == null) {
                // With a host table the guest's lies in the guest's addresses: the audit of physical tables does not apply.
                roots.add(new Root(device, tables.domain(), tables.guest().format(), tables.guest().root(), last.address(), last.words()));
            }
        }
    }

    private static String name(long table) {
        return table == PASSES ? "pass-through" : "the table at " + Hex.of(table);
    }

    private void features(DeviceId device, Structure dte) {
        FEATURES.forEach((flag, feature) -> {
            if (dte.is(flag) && subject.state().feature(feature) == 0) {
                findings.defect(device, "capability-missing", dte, flag.name() + "=1 needs EFR." + feature.name());
            }
        });
        long updates = dte.get(DeviceTableEntry.ACCESSED_DIRTY);
        if (updates == 1 && subject.state().feature(ControlRegisters.ACCESSED_SUPPORTED) == 0
                || updates == 3 && subject.state().feature(ControlRegisters.DIRTY_SUPPORTED) == 0) {
            findings.defect(device, "capability-missing", dte, "HAD=" + updates + " needs EFR." + (updates == 1 ? "HASup" : "HDSup"));
        }
    }
}
