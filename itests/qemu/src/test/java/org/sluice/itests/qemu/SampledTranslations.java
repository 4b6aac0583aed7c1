// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Access;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.TranslationReport;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/**
 * Holds live walks against what the emulated unit did a moment ago: its trace says which address became which. A walk must
 * give the same, or the trace must show that the mapping went away in between.
 */
final class SampledTranslations {
    private static final int BATCH = 25;
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    private static final Duration INVALIDATION = Duration.ofSeconds(5);

    /** Reads the lines of one kind of unit. */
    interface Dialect {
        /** The translation that a line tells, or null. */
        Sample sample(String line);

        /** Whether a line says that the unit was told to forget that translation. */
        boolean forgets(String line, Sample sample);
    }

    /** One translation; bits below {@code size} of both addresses are not told by every unit. */
    record Sample(DeviceId device, long iova, long output, long size) {
        /** As size: what is told is the start of the page, however large it is. */
        static final long PAGE_FOUND = 0;

        boolean is(TranslationReport report) {
            long known = size == PAGE_FOUND ? report.pageSize() : size;
            return report.result() == TranslationReport.Result.MAPPED && (report.output() & -known) == (output & -known);
        }
    }

    private final Platform platform;
    private final String machine;
    private final Trace trace;
    private final Dialect dialect;
    private int agreed;
    private int gone;
    private final Set<DeviceId> devices = new HashSet<>();

    SampledTranslations(Platform platform, String machine, Trace trace, Dialect dialect) {
        this.platform = platform;
        this.machine = machine;
        this.trace = trace;
        this.dialect = dialect;
    }

    /** Compares until {@code wanted} samples are done; prints how they were. */
    void run(int wanted, int leastDevices) throws Exception {
        trace.skip();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (agreed + gone < wanted || agreed < wanted / 2) {
            assertTrue("only " + agreed + " samples agreed and " + gone + " had gone in " + PATIENCE, System.nanoTime() < end);
            Await.until("the guest does I/O", PATIENCE, this::batch);
        }
        System.out.println(machine + ": " + agreed + " live walks agree with the trace, " + gone + " mappings had gone, " + devices.size() + " devices");
        assertTrue("devices compared: " + devices, devices.size() >= leastDevices);
    }

    /** The latest translations of each device in the trace; false if there are none. */
    private boolean batch() throws Exception {
        List<String> lines = trace.lines();
        List<Sample> samples = new ArrayList<>();
        Set<Sample> seen = new HashSet<>();
        for (int i = lines.size() - 1; i >= 0 && samples.size() < BATCH; i--) {
            Sample sample = dialect.sample(lines.get(i));
            if (sample != null && seen.add(sample)) {
                samples.add(sample);
            }
        }
        if (samples.isEmpty()) {
            return false;
        }
        List<TranslationReport> reports = new ArrayList<>();
        try (Lease lease = platform.lease(machine)) {
            for (Sample sample : samples) {
                reports.add(platform.walk(lease, sample.device(), sample.iova(), Access.READ));
            }
        }
        for (int i = 0; i < samples.size(); i++) {
            devices.add(samples.get(i).device());
            if (samples.get(i).is(reports.get(i))) {
                agreed++;
            } else {
                confirmGone(samples.get(i), reports.get(i), lines);
                gone++;
            }
        }
        return true;
    }

    /** A driver first clears the entry and then tells the unit: the line may still be to come. */
    private void confirmGone(Sample sample, TranslationReport report, List<String> lines) throws Exception {
        int from = lines.size() - 1;
        while (from >= 0 && !sample.equals(dialect.sample(lines.get(from)))) {
            from--;
        }
        int after = from + 1;
        Await.until("the trace shows that " + sample.device() + " " + Hex.of(sample.iova()) + " -> " + Hex.of(sample.output())
                + " went away; a live walk gives " + report.result() + " " + Hex.of(report.output()) + " " + report.reason(), INVALIDATION, () -> {
                    // Kept for the next sample too: each line is read once.
                    lines.addAll(trace.lines());
                    return lines.subList(after, lines.size()).stream().anyMatch(line -> dialect.forgets(line, sample));
                });
        assertEquals(sample.device(), report.request().device());
    }
}
