// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.testkit.Seed;

public class JournalTest {
    private static final int CORRUPTIONS = 1000;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private final List<ByteBuffer> replayed = new ArrayList<>();
    private Recovery recovery;

    private Path path() {
        return folder.getRoot().toPath().resolve("store/journal");
    }

    private Journal open(Path path) throws IOException {
        Journal journal = Journal.open(path);
        replayed.clear();
        recovery = journal.replay(bytes -> replayed.add(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip()));
        return journal;
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static List<ByteBuffer> texts(String... texts) {
        return Arrays.stream(texts).map(JournalTest::text).toList();
    }

    @Test
    public void recordsComeBackInOrder() throws IOException {
        try (Journal journal = open(path())) {
            assertEquals(new Recovery(0, 0, Recovery.State.CLEAN, 0, "", null), recovery);
            journal.append(text("one"));
            journal.sync(journal.append(text("two")));
        }
        try (Journal journal = open(path())) {
            assertEquals(texts("one", "two"), replayed);
            journal.append(text("three"));
        }
        open(path()).close();
        assertEquals(texts("one", "two", "three"), replayed);
        assertEquals(Recovery.State.CLEAN, recovery.state());
        assertEquals(3, recovery.records());
    }

    @Test
    public void recordsOfEverySizeAroundTheBuffers() throws IOException {
        List<ByteBuffer> all = new ArrayList<>();
        Random random = Seed.random();
        try (Journal journal = open(path())) {
            for (int size : new int[] {1, 65527, 65528, 65529, 65536, 7, 262_144, 262_136, 1 << 20, 3, 1 << 24, 1}) {
                byte[] bytes = new byte[size];
                random.nextBytes(bytes);
                all.add(ByteBuffer.wrap(bytes));
                journal.append(ByteBuffer.wrap(bytes));
            }
            assertThrows(IllegalArgumentException.class, () -> journal.append(ByteBuffer.allocate(0)));
            assertThrows(IllegalArgumentException.class, () -> journal.append(ByteBuffer.allocate((1 << 24) + 1)));
            journal.append(text("end"));
        }
        all.add(text("end"));
        open(path()).close();
        assertEquals(all, replayed);
    }

    @Test
    public void whatIsSyncedIsInTheFile() throws IOException {
        try (Journal journal = open(path())) {
            long position = journal.append(text("one"));
            journal.sync(position);
            long size = Files.size(path());
            journal.append(text("two"));
            assertEquals(size, Files.size(path()));
            journal.sync(position);
            assertEquals("an old position needs no new sync", size, Files.size(path()));
            assertThrows(IllegalArgumentException.class, () -> journal.sync(1 << 20));
        }
    }

    @Test
    public void twoPlatformsDoNotShareAStore() throws IOException {
        try (Journal journal = open(path())) {
            IOException refused = assertThrows(IOException.class, () -> Journal.open(path()));
            assertTrue(refused.getMessage(), refused.getMessage().contains("in use"));
            assertFalse(refused.getMessage().contains("\n"));
            journal.append(text("one"));
        }
        open(path()).close();
        assertEquals(texts("one"), replayed);
    }

    @Test
    public void anOpenJournalIsReplayedOnceBeforeAnythingElse() throws IOException {
        try (Journal journal = Journal.open(path())) {
            assertThrows(IllegalStateException.class, () -> journal.append(text("one")));
            journal.replay(bytes -> { });
            assertThrows(IllegalStateException.class, () -> journal.replay(bytes -> { }));
            journal.close();
            assertThrows(IllegalStateException.class, () -> journal.append(text("one")));
        }
    }

    @Test
    public void aSnapshotTakesThePlaceOfWhatItSays() throws IOException {
        try (Journal journal = open(path())) {
            long position = 0;
            for (int i = 0; i < 1000; i++) {
                position = journal.append(text("number " + i));
            }
            journal.compact(sink -> sink.append(text("a thousand")));
            assertTrue(journal.size() < 100);
            journal.sync(position);
            long next = journal.append(text("one more"));
            assertTrue(next > position);
            journal.sync(next);
            IOException broken = new IOException("broken");
            assertEquals(broken, assertThrows(IOException.class, () -> journal.compact(sink -> {
                sink.append(text("half"));
                throw broken;
            })));
            journal.append(text("and one"));
        }
        // What a crash in the middle of compacting leaves.
        Files.write(path().resolveSibling("journal.new"), new byte[] {1, 2, 3});
        try (Journal journal = open(path())) {
            assertEquals(texts("a thousand", "one more", "and one"), replayed);
            journal.compact(sink -> sink.append(text("all")));
        }
        open(path()).close();
        assertEquals(texts("all"), replayed);
    }

    @Test
    public void aForeignFileIsKeptAndReported() throws IOException {
        Files.createDirectories(path().getParent());
        Files.write(path(), new byte[1000]);
        try (Journal journal = open(path())) {
            assertEquals(Recovery.State.CORRUPT, recovery.state());
            assertEquals(1000, recovery.lost());
            assertEquals(1000, Files.size(recovery.kept()));
            journal.append(text("one"));
        }
        open(path()).close();
        assertEquals(texts("one"), replayed);
        assertNull(recovery.kept());
    }

    @Test
    public void everyCorruptionIsDetectedOrHarmless() throws IOException {
        Random random = Seed.random();
        List<ByteBuffer> all = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        try (Journal journal = open(path())) {
            ends.add(journal.size());
            for (int i = 0; i < 60; i++) {
                byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 3000 : 80)];
                if (random.nextInt(4) > 0) {
                    random.nextBytes(bytes); // else zeros
                }
                all.add(ByteBuffer.wrap(bytes));
                journal.append(ByteBuffer.wrap(bytes));
                ends.add(journal.size());
            }
        }
        byte[] good = Files.readAllBytes(path());
        for (int i = 0; i < CORRUPTIONS; i++) {
            byte[] bad = corrupt(good, random, i % 5);
            int same = Arrays.mismatch(good, bad);
            Path copy = folder.getRoot().toPath().resolve("bad" + i);
            Files.write(copy, bad);
            open(copy).close();
            int whole = (int) ends.stream().filter(end -> same < 0 || end <= same).count() - 1;
            assertEquals(all.subList(0, replayed.size()), replayed);
            assertTrue("only " + replayed.size() + " of " + whole + " before the damage", replayed.size() >= whole);
            boolean cutBetween = bad.length < good.length && ends.contains((long) bad.length);
            if (same >= 0 && !cutBetween) {
                assertTrue(i + " not detected", recovery.state() != Recovery.State.CLEAN && !recovery.reason().isEmpty());
                assertEquals(bad.length - recovery.end(), recovery.lost());
            }
            if (recovery.kept() != null) {
                assertEquals(ByteBuffer.wrap(bad, (int) recovery.end(), (int) recovery.lost()), ByteBuffer.wrap(Files.readAllBytes(recovery.kept())));
            }
            List<ByteBuffer> before = List.copyOf(replayed);
            open(copy).close();
            assertEquals("once repaired it stays so", before, replayed);
            assertEquals(Recovery.State.CLEAN, recovery.state());
        }
    }

    private static byte[] corrupt(byte[] good, Random random, int kind) {
        byte[] bad = good.clone();
        int at = random.nextInt(good.length);
        int length = 1 + random.nextInt(Math.min(600, good.length - at));
        switch (kind) {
            case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bad = Arrays.copyOf(good, at);
            case 2 -> Arrays.fill(bad, at, at + length, (byte) 0);
            case 3 -> {
                bad = Arrays.copyOf(good, good.length + length);
                System.arraycopy(good, good.length - length, bad, good.length, length);
            }
            default -> System.arraycopy(good, random.nextInt(good.length - length + 1), bad, at, length);
        }
        return bad;
    }

    /** Records before a damaged one are good and those behind it are reported, not replayed and not destroyed. */
    @Test
    public void damageInTheMiddleIsToldFromATornTail() throws IOException {
        long first;
        try (Journal journal = open(path())) {
            journal.append(text("one"));
            first = journal.size();
            journal.append(text("two"));
            journal.append(text("three"));
        }
        byte[] bytes = Files.readAllBytes(path());
        bytes[(int) first + 9] ^= 1;
        Files.write(path(), bytes);
        open(path()).close();
        assertEquals(texts("one"), replayed);
        assertEquals(Recovery.State.CORRUPT, recovery.state());
        assertEquals(first, recovery.end());
        assertEquals("the checksum differs", recovery.reason());
        assertNotNull(recovery.kept());
        Files.write(path(), Arrays.copyOf(bytes, (int) first + 9));
        open(path()).close();
        assertEquals(Recovery.State.TORN, recovery.state());
        assertNull(recovery.kept());
    }

    /** Ctrl-C interrupts whoever is changing a durable space; that is no reason for the others to lose their store. */
    @Test
    public void anInterruptedThreadLosesNothing() throws IOException {
        Thread.currentThread().interrupt();
        try (Journal journal = open(path())) {
            journal.sync(journal.append(text("one")));
            assertTrue(Thread.currentThread().isInterrupted());
            journal.compact(sink -> sink.append(text("instead")));
            journal.sync(journal.append(text("two")));
            assertTrue(Thread.currentThread().isInterrupted());
        }
        assertTrue(Thread.interrupted());
        open(path()).close();
        assertEquals(texts("instead", "two"), replayed);
    }

    /** Threads are interrupted all the time while they wait for the disk and for each other. */
    @Test
    public void threadsInterruptedAtAnyMomentLoseNothing() throws Exception {
        int each = 200;
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try (Journal journal = open(path())) {
            List<Thread> threads = new ArrayList<>();
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int number = t;
                all.add(pool.submit(() -> {
                    synchronized (threads) {
                        threads.add(Thread.currentThread());
                    }
                    for (int i = 1; i <= each; i++) {
                        journal.sync(journal.append(ByteBuffer.allocate(8).putInt(number).putInt(i).flip()));
                    }
                    return null;
                }));
            }
            while (!all.stream().allMatch(Future::isDone)) {
                synchronized (threads) {
                    threads.forEach(Thread::interrupt);
                }
                Thread.onSpinWait();
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
        open(path()).close();
        assertEquals(4 * each, replayed.size());
    }

    /** Threads append and sync while the file is copied: each copy replays to a prefix that has all that was synced before it was taken. */
    @Test
    public void anInterruptionAtAnyMomentKeepsWhatWasSynced() throws Exception {
        int threads = 4;
        int each = 400;
        int[] synced = new int[threads];
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (Journal journal = open(path())) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                all.add(pool.submit(() -> {
                    for (int i = 1; i <= each; i++) {
                        long position = journal.append(ByteBuffer.allocate(8).putInt(thread).putInt(i).flip());
                        if (i % 4 == 0) {
                            journal.sync(position);
                            synchronized (synced) {
                                synced[thread] = i;
                            }
                        }
                    }
                    return null;
                }));
            }
            int copies = 0;
            while (!all.stream().allMatch(Future::isDone)) {
                checkCopy(synced, "copy" + copies++);
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
            assertTrue(copies > 1);
        } finally {
            pool.shutdownNow();
        }
        open(path()).close();
        assertEquals(threads * each, replayed.size());
    }

    private void checkCopy(int[] synced, String name) throws IOException {
        int[] before;
        synchronized (synced) {
            before = synced.clone();
        }
        Path copy = folder.getRoot().toPath().resolve(name);
        Files.copy(path(), copy);
        open(copy).close();
        Map<Integer, Integer> last = new HashMap<>();
        for (ByteBuffer bytes : replayed) {
            int thread = bytes.getInt();
            assertEquals(last.getOrDefault(thread, 0) + 1, bytes.getInt(4));
            last.put(thread, bytes.getInt(4));
        }
        for (int t = 0; t < before.length; t++) {
            assertTrue(name + " lost what was synced", last.getOrDefault(t, 0) >= before[t]);
        }
    }
}
