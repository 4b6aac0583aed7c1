// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.space.Space;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** Damage to the store of a real history: what comes back is what was there after some acknowledged change, and what is missing is told. */
public class DurableDamageTest {
    private static final int CORRUPTIONS = 1000;
    private static final int STEPS = 120;
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final Logger QUIET = Logger.getLogger("org.sluice.core.durable.DurableSpaces");

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    /** The machine as its services told it after each acknowledged change; first without any. */
    private final List<List<String>> history = new ArrayList<>();

    @Test
    public void damageIsToldOrHarmless() throws IOException {
        Random random = Seed.random();
        Path folder = temporary.newFolder("store").toPath();
        make(random, folder);
        Path file = journal(folder);
        byte[] good = Files.readAllBytes(file);
        List<String> end = history.get(history.size() - 1);
        QUIET.setLevel(Level.OFF);
        int whole = 0;
        int told = 0;
        try {
            for (int i = 0; i < CORRUPTIONS; i++) {
                byte[] bad = damage(random, good);
                String what = "corruption " + i + " of " + good.length + " bytes, the first at " + Arrays.mismatch(good, bad);
                Path copy = temporary.newFolder().toPath();
                Files.write(copy.resolve(file.getFileName()), bad);
                Platform platform = new Platform(copy, Platform.all());
                Machine machine = platform.machines.list().stream().findFirst().orElse(null);
                List<String> found = Picture.of(platform, machine);
                assertTrue(what + ": " + found, history.contains(found));
                Machine any = machine != null ? machine : platform.machines.open("synthetic:none", "any", false, Progress.NONE);
                boolean remarked = !platform.spaces.remarks(any).isEmpty();
                boolean cutShort = bad.length < good.length && Arrays.equals(bad, Arrays.copyOf(good, bad.length));
                // A file that ends between two records is one whose writer ended there.
                assertTrue(what + " is not told", remarked || found.equals(end) || cutShort);
                whole += found.equals(end) ? 1 : 0;
                told += remarked ? 1 : 0;
                platform.end();
                delete(copy);
            }
        } finally {
            QUIET.setLevel(null);
        }
        System.out.println(CORRUPTIONS + " corruptions: " + told + " told, " + whole + " harmless");
        assertTrue(told > CORRUPTIONS / 2);
        assertNotEquals("some damage costs something", CORRUPTIONS, whole);
    }

    private void make(Random random, Path folder) throws IOException {
        Platform platform = new Platform(folder, Platform.all());
        Machine machine = platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE);
        history.add(Picture.of(platform, machine));
        AddressSpace[] spaces = new AddressSpace[2];
        for (int i = 0; i < spaces.length; i++) {
            spaces[i] = platform.spaces.create(machine, new SpaceOptions("s" + i, true, null, 0));
            history.add(Picture.of(platform, machine));
        }
        for (int step = 0; step < STEPS; step++) {
            try {
                change(random, spaces[random.nextInt(spaces.length)]);
            } catch (RefusedException e) {
                assertFalse(e.refusals().isEmpty()); // nothing has changed, and the history shows it
            }
            history.add(Picture.of(platform, machine));
        }
        platform.end();
        Platform again = new Platform(folder, Platform.all());
        assertEquals("undamaged", history.get(history.size() - 1), Picture.of(again, again.machines.list().get(0)));
        again.end();
    }

    private static void change(Random random, AddressSpace space) {
        long at = BASE + random.nextInt(64) * PAGE;
        long size = (1 + random.nextInt(4)) * PAGE;
        AddressRange range = AddressRange.ofSize(at + (1L << 30), PAGE);
        switch (random.nextInt(11)) {
            case 0 -> space.unmap(at, size);
            case 1 -> space.cut(at, size);
            case 2 -> space.change(List.of(Change.map(at, 0, PAGE, Permissions.READ), Change.map(at + 8 * PAGE, 0, size, Permissions.READ)));
            case 3 -> space.attach(Platform.NIC, TranslationRequest.NO_PASID);
            case 4 -> space.detach(Platform.NIC, TranslationRequest.NO_PASID);
            case 5 -> space.reserve(new OwnedRange(range, RangeKind.RESERVED, Origin.OPERATOR, "test"));
            case 6 -> space.release(range);
            case 7 -> ((Space) space).pluck(new AddressRange(BASE + 16 * PAGE, BASE + 20 * PAGE - 1), "guest");
            case 8 -> ((Space) space).giveBack(new AddressRange(BASE + 16 * PAGE, BASE + 20 * PAGE - 1));
            default -> space.map(at, random.nextInt(64) * PAGE, size, Permissions.READ_WRITE);
        }
    }

    private static Path journal(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(p -> p.toString().endsWith(".journal")).findFirst().orElseThrow();
        }
    }

    /** Bits, bytes, sectors and ends, as disks and file systems lose them. */
    private static byte[] damage(Random random, byte[] good) {
        byte[] bad = good.clone();
        int at = random.nextInt(good.length);
        int length = Math.min(good.length - at, 1 + random.nextInt(512));
        switch (random.nextInt(6)) {
            case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bad[at] = (byte) random.nextInt();
            case 2 -> Arrays.fill(bad, at, at + length, (byte) 0);
            case 3 -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bad, at, length);
            }
            case 4 -> System.arraycopy(good, random.nextInt(good.length - length + 1), bad, at, length);
            default -> bad = Arrays.copyOf(good, at);
        }
        return bad;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
