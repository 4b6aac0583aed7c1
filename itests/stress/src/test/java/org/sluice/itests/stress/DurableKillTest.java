// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.machine.AddressRange;
import org.sluice.spi.Backend;
import org.sluice.testkit.Seed;

/**
 * Processes that are killed in the middle of changes: everything they had been told was done is there afterwards, of what they were about only all or
 * nothing, and no device reaches anything before its tables are back.
 */
public class DurableKillTest {
    private static final int ROUNDS = 10;
    private static final int MOST_LINES = 3000;
    private static final List<String> BACKENDS = List.of("vtd", "amdvi", "smmuv3");

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    /** Output page of each input page, by space: what was acknowledged. */
    private final Map<String, Map<Long, Long>> acknowledged = new TreeMap<>();
    /** What each space's thread was about. */
    private final Map<String, String> begun = new HashMap<>();
    private long done;

    @Test
    public void whatWasAcknowledgedSurvivesTenKills() throws Exception {
        Random random = Seed.random();
        for (int i = 0; i < DurableStorm.THREADS; i++) {
            acknowledged.put("s" + i, new TreeMap<>());
        }
        for (int round = 0; round < ROUNDS; round++) {
            begun.clear();
            String backend = BACKENDS.get(round % BACKENDS.size());
            stormAndKill(backend, random.nextLong() >>> 8, 100 + random.nextInt(MOST_LINES));
            verify(backend);
        }
        assertTrue("changes " + done, done > ROUNDS * 20);
    }

    private void stormAndKill(String backend, long seed, int lines) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), DurableStorm.class.getName(), temporary.getRoot().toString(),
                Long.toString(seed), backend).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            int count = 0;
            boolean ready = false;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                ready |= line.startsWith("ready ");
                if (line.startsWith("ready ")) {
                    assertEquals("ready " + backend, line);
                } else {
                    take(line);
                }
                if (++count == lines) {
                    // SIGKILL, by the handle since the process object would close the pipe: what it holds was said before.
                    child.toHandle().destroyForcibly();
                }
            }
            assertTrue("the child ended by itself", ready && count >= lines);
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private void take(String line) {
        String[] words = line.split(" ");
        if (words.length < 2 || words[1].length() != 2) {
            return; // the last line, cut in the middle
        }
        if (words[0].equals("B")) {
            begun.put(words[1], line);
        } else {
            String what = begun.remove(words[1]);
            if (words[0].equals("A")) {
                apply(what, acknowledged.get(words[1]));
                done++;
            }
        }
    }

    private static void apply(String line, Map<Long, Long> pages) {
        String[] words = line.split(" ");
        for (int i = 3; i + 3 < words.length; i += 4) {
            long iova = Long.parseLong(words[i + 1]);
            long size = Long.parseLong(words[i + 2]);
            for (long at = 0; at < size; at += DurableStorm.PAGE) {
                if (words[i].equals("m")) {
                    pages.put(iova + at, Long.parseLong(words[i + 3]) + at);
                } else {
                    pages.remove(iova + at);
                }
            }
        }
    }

    /** First without the unit's backend, so that its devices have to wait, then with it. */
    private void verify(String backend) {
        // The machine is made up by vtd, so that one is always there.
        List<Backend> others = new ArrayList<>(Platform.all());
        others.removeIf(b -> b.info().name().equals(backend) && !backend.equals("vtd"));
        Platform platform = new Platform(temporary.getRoot().toPath(), others);
        Machine machine = platform.machines.list().get(0);
        for (String name : acknowledged.keySet()) {
            Map<Long, Long> there = pages(platform.spaces.find(machine, name));
            Map<Long, Long> told = acknowledged.get(name);
            if (!there.equals(told) && begun.containsKey(name)) {
                apply(begun.get(name), told);
            }
            assertEquals(name + ", begun " + begun.get(name), told, there);
        }
        DmaPort nic = platform.port(machine, Platform.NIC);
        if (!backend.equals("vtd")) {
            acknowledged.get("s0").keySet().forEach(page -> assertTrue("before " + backend + " is back", nic.translate(page, READ) < 0));
            platform.add(Platform.all().stream().filter(b -> b.info().name().equals(backend)).findFirst().orElseThrow());
        }
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!machine.units().get(0).status().state().equals("ACTIVE")) {
            assertTrue(platform.spaces.remarks(machine).toString(), System.nanoTime() < deadline);
            Thread.onSpinWait();
        }
        assertEquals(backend, machine.units().get(0).backend());
        for (long page = DurableStorm.BASE; page < DurableStorm.BASE + DurableStorm.PAGES * DurableStorm.PAGE; page += DurableStorm.PAGE) {
            Long output = acknowledged.get("s0").get(page);
            long reached = nic.translate(page, READ);
            assertTrue(Long.toHexString(page) + " is " + output + ", reached " + reached, output == null ? reached < 0 : reached == output);
        }
        assertNotNull(platform.spaces.of(machine, Platform.NIC));
        platform.end();
    }

    private static Map<Long, Long> pages(AddressSpace space) {
        Map<Long, Long> pages = new TreeMap<>();
        space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> {
            for (long at = 0; at <= last - iova; at += DurableStorm.PAGE) {
                pages.put(iova + at, output + at);
            }
            return true;
        });
        return pages;
    }
}
