// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.ObjDoubleConsumer;

/** Processes that measure, each printing lines of a workload and its nanoseconds, and what becomes of their figures. Stateless. */
final class Runs {
    private Runs() {
    }

    /** The twin's binary, or null where no C compiler is. */
    static String twin(String source, String directory) throws IOException, InterruptedException {
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

    /** A class of this module in a process of its own. */
    static List<String> java(Class<?> main, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /** Runs a process to its end; one that fails makes the whole run void. */
    static void collect(List<String> command, ObjDoubleConsumer<String> out) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                out.accept(words[0], Double.parseDouble(words[1]));
            }
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command.get(0) + " ended with status " + process.exitValue() + ": the run is void");
        }
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
