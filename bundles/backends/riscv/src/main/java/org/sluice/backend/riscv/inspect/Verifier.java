// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.lookup.Finding;
import org.sluice.backend.riscv.lookup.Finding.Blocked;
import org.sluice.backend.riscv.lookup.Finding.Stage;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.backend.riscv.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.kit.radix.RadixAudit.Root;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.DefectSink;

/**
 * Looks for defects: both directories, contexts, tables of the stages that lie in physical addresses, and ids across requesters. First
 * stages under a second one lie in a guest's addresses and are left to the guest.
 */
final class Verifier {
    private static final long REGISTER_BYTES = 0x1000;
    private static final Set<String> SHARING = Set.of("table-shared", "table-depth-conflict", "domain-two-tables");

    private final Subject subject;

    /** What cached translations are told apart by: the machine, and the address space in it; -1 where there is none. */
    private record Tag(int gscid, int pscid) {
    }

    private record Use(long table, DeviceId device) {
    }

    /** One pass: where it reports, and what it has seen. */
    private final class Pass {
        private final DefectSink out;
        private final List<Root> roots = new ArrayList<>();
        private final Map<Tag, Use> uses = new HashMap<>();
        private final Set<Long> told = new HashSet<>();

        Pass(DefectSink out) {
            this.out = out;
        }

        void run(Predicate<DeviceId> chosen) {
            Requesters all = new Requesters(subject);
            Requesters.Trouble trouble = trouble();
            for (long id : all.devices(trouble)) {
                DeviceId device = subject.device(id);
                if (chosen.test(device)) {
                    judge(device, subject.lookup().find(id, TranslationRequest.NO_PASID, Access.READ));
                    all.processes(id, trouble, pasid -> judge(device, subject.lookup().find(id, pasid, Access.READ)));
                }
            }
        }

        private Requesters.Trouble trouble() {
            return new Requesters.Trouble() {
                @Override
                public void pointer(long id, Structure pointer, String defect, String rule) {
                    Pass.this.defect(subject.devices().get(id), defect, pointer, rule);
                }

                @Override
                public void missing(long address) {
                    unknown(address);
                }
            };
        }

        private void judge(DeviceId device, Finding finding) {
            out.looked(finding.trail().size());
            if (finding instanceof Unknown unknown && unknown.missing() != null) {
                unknown(unknown.missing());
            } else if (finding instanceof Blocked blocked && !blocked.trail().isEmpty()) {
                blocked(device, blocked);
            } else if (finding instanceof Translated tables && !tables.bare()) {
                translated(device, tables);
            }
        }

        private void blocked(DeviceId device, Blocked blocked) {
            Structure last = blocked.trail().get(blocked.trail().size() - 1);
            String kind = switch (blocked.cause()) {
                case DDT_ENTRY_MISCONFIGURED -> "device-context-misconfigured";
                case PDT_ENTRY_MISCONFIGURED -> "process-context-misconfigured";
                case DDT_ENTRY_LOAD_ACCESS_FAULT, PDT_ENTRY_LOAD_ACCESS_FAULT -> "table-outside-ram";
                default -> null;
            };
            if (kind != null) {
                defect(device, kind, last, blocked.detail());
            }
        }

        private void translated(DeviceId device, Translated tables) {
            Structure last = tables.trail().get(tables.trail().size() - 1);
            int machine = tables.second() == null ? -1 : tables.second().id();
            if (tables.second() != null) {
                stage(device, tables.second(), new Tag(machine, -1), last, true);
            }
            if (tables.first() != null) {
                stage(device, tables.first(), new Tag(machine, tables.first().id()), last, tables.second() == null);
            }
        }

        private void stage(DeviceId device, Stage stage, Tag tag, Structure entry, boolean physical) {
            Use use = uses.putIfAbsent(tag, new Use(stage.root(), device));
            if (use != null && use.table() != stage.root()) {
                defect(device, "domain-two-tables", entry, (tag.pscid() < 0 ? "GSCID " + tag.gscid() : "PSCID " + tag.pscid() + (tag.gscid() < 0 ? ""
                        : " of GSCID " + tag.gscid())) + " has the table at " + Hex.of(stage.root()) + " here and the one at " + Hex.of(use.table())
                        + " for " + use.device() + ": cached translations of one serve the other");
            }
            if (physical) {
                roots.add(new Root(device, stage.id(), stage.format(), stage.root(), entry.address(), entry.words()));
            }
        }

        private void defect(DeviceId device, String kind, Structure entry, String rule) {
            if (told.add(entry.address() * 31 + kind.hashCode())) {
                out.defect(new Defect(device, subject.unit(), kind, entry.address(), entry.words(), rule, entry.layout().clause()));
            }
        }

        private void unknown(long address) {
            if (told.add(address)) {
                out.unknown(address);
            }
        }
    }

    Verifier(Subject subject) {
        this.subject = subject;
    }

    void verify(DeviceId device, DefectSink out) {
        Pass own = new Pass(device == null ? out : new Only(out, d -> d.device() == null || device.equals(d.device()), false));
        own.run(id -> device == null || device.equals(id));
        RadixAudit tables = new RadixAudit(subject.memory(), rules(), out);
        own.roots.forEach(tables::add);
        tables.finish();
        if (device != null) {
            between(device, out);
        }
    }

    /** What is wrong between a requester and the others: those first, so that it is told of this one. */
    private void between(DeviceId device, DefectSink out) {
        DefectSink sharing = new Only(out, d -> device.equals(d.device()) && SHARING.contains(d.defect()), true);
        Pass all = new Pass(sharing);
        all.run(id -> !device.equals(id));
        all.run(device::equals);
        RadixAudit tables = new RadixAudit(subject.memory(), rules(), sharing);
        all.roots.forEach(tables::add);
    }

    private AuditRules rules() {
        List<AddressRange> doorbells = new ArrayList<>();
        for (InterruptController controller : subject.context().machine().interruptControllers()) {
            if (controller.doorbell() != null) {
                doorbells.add(controller.doorbell());
            }
        }
        List<AddressRange> registers = new ArrayList<>();
        for (UnitDescription unit : subject.context().machine().units()) {
            if (unit.registerBase() >= 0) {
                registers.add(AddressRange.ofSize(unit.registerBase(), REGISTER_BYTES));
            }
        }
        return new AuditRules(subject.unit(), doorbells, registers, List.of());
    }

    /** Lets through what a question is about. */
    private record Only(DefectSink out, Predicate<Defect> wanted, boolean quiet) implements DefectSink {
        @Override
        public void defect(Defect defect) {
            if (wanted.test(defect)) {
                out.defect(defect);
            }
        }

        @Override
        public void unknown(long address) {
            if (!quiet) {
                out.unknown(address);
            }
        }

        @Override
        public void looked(long entries) {
            out.looked(entries);
        }
    }
}
