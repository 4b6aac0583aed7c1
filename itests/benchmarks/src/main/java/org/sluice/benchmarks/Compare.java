// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        String binary = build(args[0], args[1]);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : ROUNDS;
        for (int round = 0; round < rounds; round++) {
            if (binary != null) {
                compare.collect(List.of(binary, RUNS), false);
            }
            String command = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            compare.collect(List.of(command, "-Xmx512m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                    Measure.class.getName(), RUNS), true);
            System.err.println("round " + (round + 1) + " of " + rounds + " done");
        }
        compare.print();
    }

    /** The twin's binary, or null where no C compiler is. */
    private static String build(String source, String directory) throws IOException, InterruptedException {
        Path binary = Path.of(directory, "twin");
        Files.createDirectories(binary.getParent());
        try {
            Process compiler = new ProcessBuilder("cc", "-O2", "-o", binary.toString(), source).inheritIO().start();
            if (compiler.waitFor() == 0) {
                return binary.toString();
            }
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
        System.err.println("The C twin could not be built: figures without a ratio.");
        return null;
    }

    private void collect(List<String> command, boolean ours) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                add(words[0], Double.parseDouble(words[1]), ours);
            }
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command.get(0) + " ended with status " + process.exitValue() + ": the run is void");
        }
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
                    Collections.min(ours) / Collections.min(theirs), median(ours) / median(theirs));
            System.out.printf(Locale.ROOT, "%-10s %-52s %-9s %10.2f %10.2f %10s %10s %12s %6s %6s%n", goal.id, goal.work, goal.unit,
                    Collections.min(ours), median(ours), theirs == null ? "" : two(Collections.min(theirs)),
                    theirs == null ? "" : two(median(theirs)), ratio, limit(goal.goal), limit(goal.mustNotExceed));
        }
    }

    private static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String limit(double value) {
        return value == 0 ? "" : value + "x";
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
