// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntConsumer;

import org.sluice.api.Access;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.lookup.Directory;
import org.sluice.backend.riscv.lookup.DirectoryReader;
import org.sluice.backend.riscv.lookup.Finding;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.kit.layout.FieldText;
import org.sluice.kit.layout.Structure;

/** Visits every requester that the directories or the machine's description know. */
final class Requesters {
    private final Subject subject;
    /** One for each kind of directory: neither uses up what the other may read. */
    private final DirectoryReader deviceReader;
    private final DirectoryReader processReader;

    Requesters(Subject subject) {
        this.subject = subject;
        this.deviceReader = new DirectoryReader(subject.memory());
        this.processReader = new DirectoryReader(subject.memory());
    }

    /** Takes what is wrong with directories themselves. */
    interface Trouble {
        void pointer(long id, Structure pointer, String defect, String rule);

        void missing(long address);
    }

    private static final Trouble NOBODY = new Trouble() {
        @Override
        public void pointer(long id, Structure pointer, String defect, String rule) {
            // Only verification wants to know.
        }

        @Override
        public void missing(long address) {
            // As above.
        }
    };

    List<Long> devices() {
        return devices(NOBODY);
    }

    /** Device ids in ascending order; those of known devices stand there although the directory has nothing valid for them. */
    List<Long> devices(Trouble trouble) {
        TreeSet<Long> ids = new TreeSet<>(subject.devices().keySet());
        if (subject.lookup().gate() == null) {
            deviceReader.visit(subject.lookup().directory(), new Visit(trouble) {
                @Override
                public void context(long id, Structure context) {
                    ids.add(id);
                }
            });
        }
        return new ArrayList<>(ids);
    }

    /** Process ids of a device with a process directory. */
    void processes(long deviceId, Trouble trouble, IntConsumer visitor) {
        Finding finding = subject.lookup().find(deviceId, TranslationRequest.NO_PASID, Access.READ);
        Directory directory = finding instanceof Translated tables ? tables.processes() : null;
        if (directory == null) {
            return;
        }
        List<Integer> ids = new ArrayList<>();
        processReader.visit(directory, new Visit(trouble) {
            @Override
            public void context(long id, Structure context) {
                ids.add((int) id);
            }
        });
        ids.forEach(visitor::accept);
    }

    void processes(long deviceId, IntConsumer visitor) {
        processes(deviceId, NOBODY, visitor);
    }

    /** Follows pointers as the unit would: not those with reserved bits. */
    private abstract static class Visit implements DirectoryReader.Visitor {
        private final Trouble trouble;
        private Structure last;

        Visit(Trouble trouble) {
            this.trouble = trouble;
        }

        @Override
        public boolean pointer(long id, Structure pointer) {
            last = pointer;
            if (pointer.reservedViolation() == null) {
                return true;
            }
            trouble.pointer(id, pointer, "reserved-bit", "a reserved field holds " + FieldText.of(pointer.reservedViolation()));
            return false;
        }

        @Override
        public void absent(long id, long address, boolean unknown) {
            if (unknown) {
                trouble.missing(address);
            } else if (last != null) {
                trouble.pointer(id, last, "table-outside-ram", "the directory it points to is not in RAM");
            }
        }
    }
}
