// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.sluice.itests.differential.Disagreement.Seen;
import org.sluice.itests.differential.Step.ForgetDomain;
import org.sluice.itests.differential.Step.ForgetPages;
import org.sluice.itests.differential.Step.ForgetRequester;
import org.sluice.itests.differential.Step.Probe;
import org.sluice.itests.differential.Step.Store;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.qemu.EduDevice;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;
import org.sluice.tool.vectors.unit.Software;
import org.sluice.tool.vectors.unit.UnitSoftware;

/** A QEMU and our model side by side, each with its own memory and the same bytes in it. Not thread-safe. */
final class Lab implements AutoCloseable {
    private static final int MARK = 0xc0de_0000;

    private final QemuMachine qemu;
    private final Ram plan;
    private final ByteBuffer theirRam;
    private final PhysicalMemory theirMemory;
    private final UnitSoftware theirs;
    private final OurUnit ours;
    private final ByteBuffer ourRam;
    private final Set<Long> written = new TreeSet<>();

    Lab(UnitKind kind, String binary, Backend backend) {
        qemu = QemuMachine.start(kind, binary);
        plan = new Ram(kind.ram());
        theirRam = qemu.ram();
        theirMemory = qemu.memory();
        plan.fill(theirRam);
        ourRam = ByteBuffer.allocateDirect(theirRam.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        plan.fill(ourRam);
        Map<Integer, Integer> reset = OurUnit.reset(qemu.registers(), kind);
        theirs = Software.of(kind.type(), qemu.registers(), theirMemory, plan.start() + Ram.QUEUES, kind.requester());
        ours = new OurUnit(backend, kind, reset, ourRam);
        theirs.open();
        for (int slot = 0; slot < EduDevice.SLOTS; slot++) {
            theirMemory.writeInt(plan.start() + Ram.SCRATCH + slot * EduDevice.WORD, MARK | slot);
        }
        qemu.device().load(plan.start() + Ram.SCRATCH);
        clearScratch();
    }

    private void clearScratch() {
        for (int offset = 0; offset < EduDevice.SLOTS * EduDevice.WORD; offset += Integer.BYTES) {
            theirRam.putInt(Ram.SCRATCH + offset, 0);
        }
    }

    QemuMachine qemu() {
        return qemu;
    }

    OurUnit ours() {
        return ours;
    }

    Ram plan() {
        return plan;
    }

    /** Runs a case on both sides: where they differ, and nothing is said of quirks yet. */
    List<Disagreement> run(Case which) {
        restore();
        which.words().forEach(this::store);
        theirs.use(which.registers());
        ours.software().use(which.registers());
        Run run = new Run(which);
        for (int i = 0; i < which.steps().size(); i++) {
            run.step(i, which.steps().get(i));
        }
        return run.finish();
    }

    private void restore() {
        for (long address : written) {
            theirMemory.writeLong(address, plan.initialLong(address));
            ours.memory().writeLong(address, plan.initialLong(address));
        }
        written.clear();
    }

    private void store(long address, long value) {
        theirMemory.writeLong(address, value);
        ours.memory().writeLong(address, value);
        written.add(address);
    }

    /** An access of which the end is not yet known in full: where it landed shows when the device is read out. */
    private static final class Access {
        final int step;
        final Probe probe;
        final int slot;
        final Outcome ours;
        /** What the tables said at every moment since the unit last had to forget; all of these are right. */
        final List<Outcome> allowed;
        Outcome theirs;

        Access(int step, Probe probe, int slot, Outcome ours, List<Outcome> allowed) {
            this.step = step;
            this.probe = probe;
            this.slot = slot;
            this.ours = ours;
            this.allowed = allowed;
        }
    }

    /** One case on its way. */
    private final class Run {
        private final Case which;
        private final List<Access> accesses = new ArrayList<>();
        /** Stores since the case began that the unit need not have noticed yet: address to the older value. */
        private final TreeMap<Long, Long> unnoticed = new TreeMap<>();
        private final List<Step> forgotten = new ArrayList<>();

        Run(Case which) {
            this.which = which;
        }

        void step(int number, Step step) {
            if (step instanceof Probe probe) {
                probe(number, probe);
            } else if (step instanceof Store store) {
                unnoticed.putIfAbsent(store.address(), ours.memory().readLong(store.address()));
                store(store.address(), store.value());
                forgotten.clear();
            } else if (step instanceof ForgetRequester forget) {
                theirs.forgetRequester(qemu.kind().requester(), forget.domain());
                ours.software().forgetRequester(qemu.kind().requester(), forget.domain());
                forgotten.add(step);
            } else if (step instanceof ForgetDomain forget) {
                theirs.forgetDomain(forget.domain());
                ours.software().forgetDomain(forget.domain());
                forgotten.add(step);
            } else if (step instanceof ForgetPages forget) {
                theirs.forgetPages(forget.domain(), forget.iova(), forget.order());
                ours.software().forgetPages(forget.domain(), forget.iova(), forget.order());
                forgotten.add(step);
            }
        }

        private void probe(int number, Probe probe) {
            Outcome told = ours.access(probe.iova(), probe.write());
            Access access = new Access(number, probe, accesses.size(), told, allowed(probe));
            accesses.add(access);
            if (probe.write()) {
                qemu.device().write(probe.iova(), access.slot);
            } else {
                qemu.device().read(probe.iova(), access.slot);
            }
            List<long[]> records = theirs.records();
            if (!records.isEmpty()) {
                access.theirs = Outcome.fault(theirs.code(records.get(0)), records.get(0));
            } else if (probe.write()) {
                // At once, because a later access may write to the same place; what went elsewhere shows at the end.
                landedAt(access, told);
                access.allowed.forEach(answer -> landedAt(access, answer));
            }
        }

        private void landedAt(Access access, Outcome answer) {
            long output = answer.output();
            if (answer.kind() == Outcome.Kind.MAPPED && output % Integer.BYTES == 0 && plan.contains(output) && theirMemory.readInt(output) == (MARK | access.slot)) {
                theirMemory.writeInt(output, ours.memory().readInt(output));
                access.theirs = Outcome.mapped(output);
            }
        }

        private List<Outcome> allowed(Probe probe) {
            List<Outcome> answers = new ArrayList<>();
            answers.add(ours.fresh(probe.iova(), probe.write()));
            if (!unnoticed.isEmpty() && forgotten.stream().noneMatch(f -> covers(f, probe.iova()))) {
                TreeMap<Long, Long> now = new TreeMap<>();
                unnoticed.forEach((address, before) -> {
                    now.put(address, ours.memory().readLong(address));
                    ours.memory().writeLong(address, before);
                });
                answers.add(ours.fresh(probe.iova(), probe.write()));
                now.forEach(ours.memory()::writeLong);
            }
            return answers;
        }

        private static boolean covers(Step forget, long iova) {
            return !(forget instanceof ForgetPages pages) || pages.covers(iova);
        }

        List<Disagreement> finish() {
            theirs.open();
            qemu.device().unload(plan.start() + Ram.SCRATCH);
            int[] read = new int[accesses.size()];
            for (Access access : accesses) {
                read[access.slot] = theirRam.getInt(Ram.SCRATCH + access.slot * EduDevice.WORD);
            }
            clearScratch();
            strayWrites();
            for (Access access : accesses) {
                if (!access.probe.write() && access.theirs == null) {
                    access.theirs = source(access, read[access.slot]);
                }
            }
            List<Disagreement> differing = new ArrayList<>();
            List<Seen> earlier = new ArrayList<>();
            for (Access access : accesses) {
                if (access.theirs == null) {
                    access.theirs = Outcome.UNSEEN;
                }
                String reason = difference(access);
                if (reason != null) {
                    differing.add(new Disagreement(which, access.step, access.probe, access.theirs, access.ours, access.allowed, List.copyOf(earlier), reason));
                }
                earlier.add(new Seen(access.probe, access.theirs, access.ours));
            }
            return differing;
        }

        private Outcome source(Access access, int word) {
            long output = access.ours.output();
            if (access.ours.kind() == Outcome.Kind.MAPPED && plan.contains(output) && output % Integer.BYTES == 0 && ours.memory().readInt(output) == word) {
                return Outcome.mapped(output);
            }
            for (Access earlier : accesses) {
                if (earlier.probe.write() && word == (MARK | earlier.slot) && earlier.theirs != null) {
                    return earlier.theirs;
                }
            }
            long source = plan.source(word);
            return source < 0 ? Outcome.UNSEEN : Outcome.mapped(source);
        }

        /** Finds words that went where the model did not expect them, and takes them out again. */
        private void strayWrites() {
            stray(0, Ram.QUEUES);
            stray(Ram.QUEUES_END, theirRam.capacity());
        }

        private void stray(int from, int end) {
            int at = from;
            while (at < end) {
                int same = theirRam.slice(at, end - at).mismatch(ourRam.slice(at, end - at));
                if (same < 0) {
                    return;
                }
                at = at + same & -Integer.BYTES;
                int word = theirRam.getInt(at);
                for (Access access : accesses) {
                    if (word == (MARK | access.slot) && access.probe.write() && access.theirs == null) {
                        access.theirs = Outcome.mapped(plan.start() + at);
                    }
                }
                theirRam.putInt(at, ourRam.getInt(at));
                at += Integer.BYTES;
            }
        }

        /** Why an access is wrong, or null. */
        private String difference(Access access) {
            if (access.allowed.stream().noneMatch(access.ours::sameAnswer)) {
                return "the model's answer is none that the tables gave: " + access.allowed;
            }
            boolean unseen = access.theirs.kind() == Outcome.Kind.UNSEEN;
            if (access.ours.kind() == Outcome.Kind.MAPPED && unseen && !plan.contains(access.ours.output())) {
                return null;
            }
            boolean silent = access.allowed.stream().anyMatch(a -> a.kind() == Outcome.Kind.FAULT && a.code() < 0);
            if (unseen && (access.ours.kind() == Outcome.Kind.FAULT && access.ours.record().isEmpty() || silent)) {
                return null;
            }
            if (access.theirs.sameAnswer(access.ours)) {
                return access.theirs.record().equals(access.ours.record()) ? null : "record";
            }
            boolean stale = access.allowed.stream().anyMatch(a -> a.sameAnswer(access.theirs) || unseen && a.kind() == Outcome.Kind.MAPPED && !plan.contains(a.output()));
            if (access.allowed.size() > 1 && stale) {
                return null;
            }
            return access.theirs.kind() == access.ours.kind() ? access.ours.kind() == Outcome.Kind.MAPPED ? "address" : "code" : "answer";
        }
    }

    @Override
    public void close() {
        qemu.close();
    }
}
