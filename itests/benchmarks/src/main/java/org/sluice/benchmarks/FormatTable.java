// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the C twin and {@link FormatMeasure} by turns and prints a row for each format, least and median. */
public final class FormatTable {
    private static final int ROUNDS = 3;
    private static final String RUNS = "7";
    private static final String TWIN = "twin";
    private static final List<String> WORKLOADS = List.of("W1", "W2a", "W2b", "W3a", "W3b", "W4h", "W4m", "W4md", "W5", "W7", "W9", "W9bytes");
    private static final int WIDTH = 17;

    /** By format, then by workload. */
    private final Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>();

    private FormatTable() {
    }

    /** @param args the twin's source, a directory for its binary, then optionally rounds, formats, workloads as {@link FormatMeasure} takes them */
    public static void main(String[] args) throws IOException, InterruptedException {
        FormatTable table = new FormatTable();
        String twin = Runs.twin(args[0], args[1]);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : ROUNDS;
        List<String> arguments = new ArrayList<>(List.of(RUNS));
        arguments.addAll(List.of(args).subList(Math.min(3, args.length), args.length));
        for (int round = 0; round < rounds; round++) {
            if (twin != null) {
                Runs.collect(List.of(twin, RUNS), (id, value) -> table.add(id + ":" + TWIN, value));
            }
            Runs.collect(Runs.java(FormatMeasure.class, List.of("-Xmx2g"), arguments), table::add);
            System.err.println("round " + (round + 1) + " of " + rounds + " done");
        }
        table.print();
    }

    private void add(String id, double value) {
        String[] parts = id.split(":");
        rows.computeIfAbsent(parts[1], key -> new LinkedHashMap<>()).computeIfAbsent(parts[0], key -> new ArrayList<>()).add(value);
    }

    private void print() {
        Set<String> shown = new LinkedHashSet<>(WORKLOADS);
        shown.removeIf(w -> rows.values().stream().noneMatch(row -> row.containsKey(w)));
        System.out.println("Java " + Runtime.version() + "; ns, W2 by the call; least, median");
        StringBuilder head = new StringBuilder(pad("", WIDTH));
        shown.forEach(w -> head.append(pad(w, WIDTH)));
        System.out.println(head.toString().stripTrailing());
        rows.forEach((format, row) -> {
            StringBuilder line = new StringBuilder(pad(format, WIDTH));
            for (String workload : shown) {
                List<Double> values = row.get(workload);
                line.append(pad(values == null ? "-" : figure(Collections.min(values)) + ", " + figure(Runs.median(values)), WIDTH));
            }
            System.out.println(line.toString().stripTrailing());
        });
    }

    private static String figure(double value) {
        return value >= 1000 ? String.valueOf(Math.round(value)) : Runs.two(value);
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }
}
