// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.ArrayList;
import java.util.List;
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
import org.sluice.kit.inspect.DefectFilter;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.Surroundings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.kit.radix.RadixAudit.Root;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.DefectSink;

/**
 * Looks for defects: both directories, contexts, tables of the stages that lie in physical addresses, and ids across requesters. First
 * stages under a second one lie in a guest's addresses and are left to the guest.
 */
final class Verifier {
    private static final long REGISTER_BYTES = 0x1000;
    private static final Set<String> SHARING = Set.of("table-shared", "table-depth-conflict", TagUses.TWO_TABLES);

    private final Subject subject;

    /** What cached translations are told apart by: the machine, and the address space in it; -1 where there is none. */
    private record Tag(int gscid, int pscid) {
        String text() {
            return pscid < 0 ? "GSCID " + gscid : "PSCID " + pscid + (gscid < 0 ? "" : " of GSCID " + gscid);
        }
    }

    /** One pass: where it reports, and what it has seen. */
    private final class Pass {
        private final Findings findings;
        private final TagUses<Tag, Long> uses;
        private final List<Root> roots = new ArrayList<>();

        Pass(DefectSink out) {
            findings = Findings.ofFirst(subject.unit(), out);
            uses = new TagUses<>(findings, Tag::text, table -> "the table at " + Hex.of(table));
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
                    findings.defect(subject.devices().get(id), defect, pointer, rule);
                }

                @Override
                public void missing(long address) {
                    findings.unknown(address);
                }
            };
        }

        private void judge(DeviceId device, Finding finding) {
            findings.looked(finding.trail().size());
            if (finding instanceof Unknown unknown && unknown.missing() != null) {
                findings.unknown(unknown.missing());
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
                findings.defect(device, kind, last, blocked.detail());
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
            uses.use(device, tag, stage.root(), entry);
            if (physical) {
                roots.add(new Root(device, stage.id(), stage.format(), stage.root(), entry.address(), entry.words()));
            }
        }
    }

    Verifier(Subject subject) {
        this.subject = subject;
    }

    void verify(DeviceId device, DefectSink out) {
        Pass own = new Pass(device == null ? out : new Own(device, out));
        own.run(id -> device == null || device.equals(id));
        RadixAudit tables = audit(out);
        own.roots.forEach(tables::add);
        tables.finish();
        if (device != null) {
            between(device, out);
        }
    }

    /** What is wrong between a requester and the others: those first, so that it is told of this one. */
    private void between(DeviceId device, DefectSink out) {
        DefectSink sharing = DefectFilter.between(device, SHARING, out);
        Pass all = new Pass(sharing);
        all.run(id -> !device.equals(id));
        all.run(device::equals);
        RadixAudit tables = audit(sharing);
        all.roots.forEach(tables::add);
    }

    private RadixAudit audit(DefectSink out) {
        return new RadixAudit(subject.memory(), Surroundings.rules(subject.context(), REGISTER_BYTES, List.of()), out);
    }

    /** What is wrong with the unit, or with one requester, and all that could not be looked at. */
    private static final class Own extends DefectFilter {
        private final DeviceId device;

        Own(DeviceId device, DefectSink out) {
            super(out);
            this.device = device;
        }

        @Override
        public void defect(Defect defect) {
            if (defect.device() == null || device.equals(defect.device())) {
                super.defect(defect);
            }
        }
    }
}
