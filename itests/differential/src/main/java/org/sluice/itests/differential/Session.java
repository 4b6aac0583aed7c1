// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.machine.IommuException;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.qemu.UnitKind;

/** A run of many cases against one QEMU. Not thread-safe. */
final class Session {
    /** More than so many are not worth looking at one by one. */
    private static final int KEPT = 20;

    private final UnitKind kind;
    private final String binary;
    private final Path folder;
    private final Map<String, Integer> explained = new TreeMap<>();
    private final List<String> unexplained = new ArrayList<>();
    private int cases;
    private int accesses;
    private String version = "";
    private double seconds;

    /** @param folder where unexplained disagreements are written to, a file each */
    Session(UnitKind kind, String binary, Path folder) {
        this.kind = kind;
        this.binary = binary;
        this.folder = folder;
    }

    static Backend backend(UnitKind kind) {
        return switch (kind.type()) {
            case "amd-vi" -> new AmdViBackend("lab");
            case "arm-smmu-v3" -> new Smmuv3Backend("lab");
            default -> new VtdBackend("lab");
        };
    }

    private Generator generator() {
        long start = kind.ram().start();
        return switch (kind) {
            case AMDVI -> new AmdViGenerator(start);
            case SMMUV3 -> new Smmuv3Generator(false, start);
            case SMMUV3_NESTED -> new Smmuv3Generator(true, start);
            case VTD -> new VtdGenerator(VtdGenerator.Form.LEGACY, start);
            case VTD_SCALABLE -> new VtdGenerator(VtdGenerator.Form.SCALABLE, start);
            case VTD_FIRST_STAGE -> new VtdGenerator(VtdGenerator.Form.FIRST_STAGE, start);
        };
    }

    /** Runs cases {@code 0} to {@code count - 1} of a seed; each of them is the same whichever others run. */
    Session run(int count, long seed) {
        return run(0, count, seed);
    }

    /** Runs cases {@code first} to {@code end - 1}. */
    Session run(int first, int end, long seed) {
        long begin = System.nanoTime();
        Generator generator = generator();
        int done = first;
        while (done < end) {
            // A new machine for what comes after a case that one hung in.
            try (Lab lab = new Lab(kind, binary, backend(kind))) {
                version = lab.qemu().version().toString();
                boolean answers = true;
                for (; done < end && answers; done++) {
                    Case which = generator.next(kind.name().toLowerCase() + "-" + seed + "-" + done, new Random(seed * 1_000_003 + done));
                    cases++;
                    accesses += which.steps().stream().filter(Step.Probe.class::isInstance).count();
                    answers = judged(lab, which);
                }
            }
        }
        seconds = (System.nanoTime() - begin) / 1e9;
        return this;
    }

    /** Whether the machine still answers after it. */
    private boolean judged(Lab lab, Case which) {
        try {
            judge(lab, which);
            return true;
        } catch (IommuException e) {
            if (!lab.qemu().isRunning()) {
                throw new IommuException(e.reason(), which.name() + " with " + which.steps() + ": " + e.getMessage() + ": " + lab.qemu().lastWords(), e);
            }
            Step.Probe first = which.steps().stream().filter(Step.Probe.class::isInstance).map(Step.Probe.class::cast).findFirst().orElseThrow();
            Disagreement hung = new Disagreement(which, 0, first, Outcome.HUNG, Outcome.UNSEEN, List.of(Outcome.UNSEEN), List.of(), e.getMessage());
            if (!counted(lab, hung)) {
                unexplained.add(hung.toString());
            }
            return false;
        }
    }

    private void judge(Lab lab, Case which) {
        boolean strange = false;
        for (Disagreement found : lab.run(which)) {
            strange |= !counted(lab, found);
        }
        if (strange) {
            Case small = unexplained.size() < KEPT ? Shrinker.shrink(which, c -> strange(lab, c) != null) : which;
            Disagreement first = strange(lab, small);
            unexplained.add(first == null ? which.name() + ": not seen again" : first.toString());
            if (first != null && unexplained.size() <= KEPT) {
                keep(first);
            }
        }
    }

    /** Whether a quirk explains it, which is counted then. */
    private boolean counted(Lab lab, Disagreement found) {
        Quirk quirk = Quirk.explaining(found, kind.type(), lab.qemu().version());
        if (quirk != null) {
            explained.merge(quirk.id(), 1, Integer::sum);
        }
        return quirk != null;
    }

    private Disagreement strange(Lab lab, Case which) {
        return lab.run(which).stream().filter(d -> Quirk.explaining(d, kind.type(), lab.qemu().version()) == null).findFirst().orElse(null);
    }

    private void keep(Disagreement found) {
        try {
            Reproducer.write(folder, kind, version, found);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Disagreements that nothing explains, each in a line. */
    List<String> unexplained() {
        return unexplained;
    }

    /** Ids of quirks with how often each explained something. */
    Map<String, Integer> explained() {
        return explained;
    }

    /** Figures for people. */
    String summary() {
        return String.format("%s, QEMU %s: %d cases, %d accesses in %.1f s (%.0f cases/s), %d disagreements not explained; explained: %s",
                kind, version, cases, accesses, seconds, cases / seconds, unexplained.size(), explained);
    }
}
