// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs the C twin and the Java side by turns and prints both with their ratio, which is what travels between machines. */
public final class Compare {
    private static final int ROUNDS = 3;
    private static final String RUNS = "9";

    private final Map<String, List<Double>> twin = new HashMap<>();
    private final Map<Goal, List<Double>> java = new EnumMap<>(Goal.class);

    private Compare() {
    }

    /** @param args the twin's source, a directory for its binary, and optionally how many rounds */
    public static void main(String[] args) throws IOException, InterruptedException {
        Compare compare = new Compare();
        String binary = Runs.twin(args[0], args[1]);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : ROUNDS;
        for (int round = 0; round < rounds; round++) {
            if (binary != null) {
                Runs.collect(List.of(binary, RUNS), (id, nanos) -> compare.add(id, nanos, false));
            }
            Runs.collect(Runs.java(Measure.class, List.of("-Xmx512m"), List.of(RUNS)), (id, nanos) -> compare.add(id, nanos, true));
            System.err.println("round " + (round + 1) + " of " + rounds + " done");
        }
        compare.print();
    }

    private void add(String id, double nanos, boolean ours) {
        if (ours) {
            Goal goal = Arrays.stream(Goal.values()).filter(g -> g.id.equals(id)).findFirst().orElseThrow();
            java.computeIfAbsent(goal, key -> new ArrayList<>()).add(nanos);
        } else {
            twin.computeIfAbsent(id, key -> new ArrayList<>()).add(nanos);
        }
    }

    private void print() {
        System.out.printf("Java %s%n%-10s %-52s %-9s %10s %10s %10s %10s %12s %6s %6s%n", Runtime.version(), "", "work", "unit",
                "Java min", "median", "twin min", "median", "min, median", "goal", "max");
        for (Goal goal : Goal.values()) {
            List<Double> ours = java.get(goal);
            List<Double> theirs = twin.get(goal.twinId());
            String ratio = theirs == null ? "" : String.format(Locale.ROOT, "%.2f, %.2f",
                    Collections.min(ours) / Collections.min(theirs), Runs.median(ours) / Runs.median(theirs));
            System.out.printf(Locale.ROOT, "%-10s %-52s %-9s %10.2f %10.2f %10s %10s %12s %6s %6s%n", goal.id, goal.work, goal.unit,
                    Collections.min(ours), Runs.median(ours), theirs == null ? "" : Runs.two(Collections.min(theirs)),
                    theirs == null ? "" : Runs.two(Runs.median(theirs)), ratio, limit(goal.goal), limit(goal.mustNotExceed));
        }
    }

    private static String limit(double value) {
        return value == 0 ? "" : value + "x";
    }
}
