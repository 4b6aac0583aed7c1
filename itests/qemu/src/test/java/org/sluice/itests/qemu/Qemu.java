// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A QEMU process of a test, with a folder of its own for sockets, RAM, disks and traces; ends with the test. */
final class Qemu implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration BOOT = Duration.ofSeconds(150);

    private static final long DISK_BYTES = 16 << 20;

    final Path folder;
    private final Process process;
    private Monitor monitor;

    private Qemu(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** Starts it with these arguments beside those that all tests need; {@code {}} stands for its folder. */
    static Qemu start(String binary, List<String> arguments) throws Exception {
        return start(binary, arguments, true);
    }

    /** @param toFile whether what it writes goes into a file, and not into a pipe, where it is lost */
    static Qemu start(String binary, List<String> arguments, boolean toFile) throws Exception {
        Requirements.programs(binary);
        Path folder = Files.createTempDirectory("sluice-qemu-");
        for (String disk : List.of("disk0", "disk1")) {
            try (RandomAccessFile file = new RandomAccessFile(folder.resolve(disk).toFile(), "rw")) {
                file.setLength(DISK_BYTES);
            }
        }
        List<String> command = new ArrayList<>(List.of(binary, "-accel", "tcg", "-display", "none", "-nodefaults", "-no-reboot",
                "-qmp", "unix:" + folder.resolve("qmp") + ",server=on,wait=off", "-qmp", "unix:" + folder.resolve("test") + ",server=on,wait=off"));
        arguments.forEach(a -> command.add(a.replace("{}", folder.toString())));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("output").toFile());
        Process process = (toFile ? builder : builder.redirectErrorStream(false).redirectError(ProcessBuilder.Redirect.PIPE)).start();
        Qemu qemu = new Qemu(folder, process);
        try {
            Await.until("QEMU listens: " + folder.resolve("output"), START, () -> !process.isAlive() || qemu.connects());
            if (!process.isAlive()) {
                throw new AssertionError("QEMU ended at once: " + Files.readString(folder.resolve("output")));
            }
            return qemu;
        } catch (Exception | AssertionError e) {
            qemu.close();
            throw e;
        }
    }

    /** A socket has its name before anybody listens at it; the product's monitor comes before the test's. */
    private boolean connects() throws IOException {
        if (!Files.exists(folder.resolve("test"))) {
            return false;
        }
        try {
            monitor = new Monitor(folder.resolve("test"));
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    /** As {@link #start}, with two empty disks, {@code {}/disk0} and {@code {}/disk1}; waits until its Linux is busy. */
    static Qemu startGuest(String binary, List<String> arguments) throws Exception {
        Qemu qemu = start(binary, arguments);
        try {
            qemu.awaitGuest();
            return qemu;
        } catch (Exception | AssertionError e) {
            qemu.close();
            throw e;
        }
    }

    /** Waits until the guest says on its console that it is busy. */
    void awaitGuest() throws Exception {
        Path console = folder.resolve("console");
        Await.until("guest is ready: " + console, BOOT, () -> !process.isAlive() || Files.exists(console) && Files.readString(console).contains("GUEST: READY"));
        if (!process.isAlive()) {
            throw new AssertionError("QEMU ended: " + Files.readString(folder.resolve("output")));
        }
    }

    String origin() {
        return "qemu:" + folder.resolve("qmp");
    }

    /** The test's own monitor; the product uses another. */
    Monitor monitor() {
        return monitor;
    }

    /** The file behind its RAM, a memfd, for a test that plays the guest. */
    File ram() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return descriptors.filter(d -> target(d).startsWith("/memfd:")).findFirst().orElseThrow().toFile();
        }
    }

    /** Files that it holds open. */
    List<String> files() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return descriptors.map(Qemu::target).toList();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            // Closed in between.
            return "";
        }
    }

    /** Ends it at once, as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (monitor != null) {
            monitor.close();
        }
        kill();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }
}
