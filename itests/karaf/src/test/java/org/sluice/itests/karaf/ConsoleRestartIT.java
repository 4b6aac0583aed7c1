// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The console as people use it: what was made in it is there again after a kill, because spaces made in the shell are durable. */
public class ConsoleRestartIT {
    private static final Path HOME = Path.of(System.getProperty("sluice.top"), "karaf-distribution", "target", "assembly");
    private static final long TIMEOUT_SECONDS = 120;
    private static final String END = "end-of-answer-";

    @Rule
    public final TemporaryFolder scratch = new TemporaryFolder();

    private Path home;
    private Process console;
    private int questions;

    /** A product of its own: its console's data is not that of whoever works here. */
    @Before
    public void copyProduct() throws IOException, InterruptedException {
        home = scratch.getRoot().toPath().resolve("product");
        assertEquals(0, new ProcessBuilder("cp", "-r", HOME.toString(), home.toString()).inheritIO().start().waitFor());
        assertEquals(0, new ProcessBuilder("rm", "-rf", home.resolve("data").toString()).start().waitFor());
    }

    @After
    public void stop() throws InterruptedException {
        if (console != null) {
            kill();
        }
    }

    /** A console with a terminal that is as wide as it likes; {@code script} of util-linux makes one. */
    private void start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder("script", "-q", "-f", "-c", "stty cols 400 -echo; exec " + home.resolve("bin/sluice"),
                "/dev/null").directory(scratch.getRoot()).redirectOutput(ProcessBuilder.Redirect.appendTo(output())).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("TMPDIR", scratch.newFolder().getPath());
        builder.environment().put("TERM", "dumb");
        builder.environment().remove("SLUICE_OPTS");
        console = builder.start();
    }

    private File output() {
        return new File(scratch.getRoot(), "out");
    }

    private String out() throws IOException {
        return output().exists() ? Files.readString(output().toPath(), StandardCharsets.ISO_8859_1) : "";
    }

    /** Asks once the console has answered a first question: lines typed while it starts may be lost. */
    private String ask(String... commands) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        int from = out().length();
        String end = END + questions++;
        // The quotes keep an echo of the line from being taken for the answer.
        type(String.join("\n", commands) + "\nshell:echo " + end.replace("-of-", "-'of'-") + "\n");
        while (!out().substring(from).contains(end)) {
            assertTrue("no answer: " + out(), System.nanoTime() < deadline && console.isAlive());
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return out().substring(from);
    }

    private void type(String text) throws IOException {
        OutputStream in = console.getOutputStream();
        in.write(text.getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    private void awaitPrompt() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        int from = out().length();
        while (!out().substring(from).contains("sluice")) {
            assertTrue("no prompt: " + out(), System.nanoTime() < deadline && console.isAlive());
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** SIGKILL for all of it, as when power fails. */
    private void kill() throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(console.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        console.destroyForcibly().waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        for (ProcessHandle process : all) {
            process.onExit().join();
        }
        console = null;
    }

    @Test
    public void whatWasMadeInTheConsoleIsThereAfterAKill() throws Exception {
        start();
        awaitPrompt();
        ask("machine-open synthetic:vtd --name lab", "space-create lab guest1", "device-attach lab 00:03.0 guest1",
                "space-map lab guest1 0x100000000 0x200000 2M", "space-map lab guest1 0x100400000 0x10000 8K --permissions r",
                "accounting-limit lab guest1 64M", "interrupt-allow lab 00:03.0", "page-pluck lab guest1 0x100001000 4K",
                "space-create lab passing --volatile", "unit-swap lab 0 amdvi");
        String before = facts();
        assertTrue(before, before.contains("0x100001000") && before.contains("\"durable\":true") && before.contains("amdvi"));
        kill();

        start();
        awaitPrompt();
        // The backend may still be about to come: until then DMA is blocked, and the unit says so.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        String units = ask("unit-list lab --json");
        while (!units.contains("\"state\":\"ACTIVE\"")) {
            assertTrue("DMA is blocked until the tables are back: " + units, units.contains("ABSENT") || units.contains("machine-list"));
            assertTrue(units, System.nanoTime() < deadline);
            TimeUnit.MILLISECONDS.sleep(100);
            units = ask("unit-list lab --json");
        }
        assertEquals(before, facts());
        String tables = ask("table-dump lab 00:03.0 --json", "table-walk lab 00:03.0 0x100002008", "table-walk lab 00:03.0 0x100001008");
        assertTrue("read back by an inspector", tables.contains("\"iova\":\"0x100400000\""));
        assertTrue(tables, tables.contains("0x202008") || tables.contains("0x0000000000202008"));
        assertFalse("plucked", tables.contains("0000201008"));
        String list = ask("space-list lab --json");
        assertFalse(list, list.contains("passing"));
    }

    /** Lines of JSON about everything that has to survive, without counters that begin anew. */
    private String facts() throws Exception {
        StringBuilder facts = new StringBuilder();
        String all = ask("space-list lab --json", "space-info lab guest1 --json", "space-info lab guest1 --attachments --json", "page-list lab --json",
                "accounting-list lab --json", "unit-list lab --json", "interrupt-allow lab --json");
        all.lines().map(line -> line.replaceAll("\u001b\\[[0-9;?]*[a-zA-Z]", "")).filter(line -> line.contains("{") && !line.contains("passing"))
                .map(line -> line.substring(line.indexOf('{')).strip()
                        .replaceAll("\"(maps|unmaps|invalidations|refusals|heapBytes|tableBytes|peakBytes)\":\\d+,?", ""))
                .forEach(line -> facts.append(line).append('\n'));
        return facts.toString();
    }
}
