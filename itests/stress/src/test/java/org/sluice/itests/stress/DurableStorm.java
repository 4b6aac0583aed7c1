// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;

/**
 * A process of its own that {@link DurableKillTest} kills: several threads change a durable space each and tell on standard output what they are about
 * to do ({@code B}), what was done ({@code A}) and what was refused ({@code R}).
 */
public final class DurableStorm {
    static final int THREADS = 3;
    static final long PAGE = 4096;
    static final long BASE = 0x1_0000_0000L;
    static final int PAGES = 512;

    private DurableStorm() {
    }

    /** Folder of the store, seed, backend of the unit. */
    public static void main(String[] args) {
        Platform platform = new Platform(Path.of(args[0]), Platform.all());
        Machine machine = platform.machines.list().stream().findFirst()
                .orElseGet(() -> platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE));
        platform.swaps.swap(machine, "0", args[2], SwapOptions.DEFAULT, Progress.NONE);
        for (int i = 0; i < THREADS; i++) {
            String name = "s" + i;
            AddressSpace space = platform.spaces.list(machine).stream().filter(s -> s.name().equals(name)).findFirst()
                    .orElseGet(() -> platform.spaces.create(machine, new SpaceOptions(name, true, null, 0)));
            if (i == 0 && space.attachments().isEmpty()) {
                space.attach(Platform.NIC, TranslationRequest.NO_PASID);
            }
            Random random = new Random(Long.parseLong(args[1]) + i);
            new Thread(() -> storm(space, random), name).start();
        }
        say("ready " + machine.units().get(0).backend());
    }

    private static void storm(AddressSpace space, Random random) {
        while (true) {
            List<Change> changes = new ArrayList<>();
            int kind = random.nextInt(8);
            for (int i = 0; i < (kind == 0 ? 5 : 1); i++) {
                changes.add(change(random, kind));
            }
            StringBuilder text = new StringBuilder();
            changes.forEach(c -> text.append(c.isMap() ? " m " : " u ").append(c.iova()).append(' ').append(c.size()).append(' ').append(c.output()));
            say("B " + space.name() + (kind == 1 ? " cut" : " set") + text);
            try {
                apply(space, kind, changes);
                say("A " + space.name());
            } catch (RefusedException e) {
                say("R " + space.name());
            }
        }
    }

    private static Change change(Random random, int kind) {
        long iova = BASE + random.nextInt(PAGES) * PAGE;
        long size = (1 + random.nextInt(3)) * PAGE;
        return kind != 1 && random.nextInt(5) < 3 ? Change.map(iova, random.nextInt(PAGES) * PAGE, size, Permissions.READ_WRITE) : Change.unmap(iova, size);
    }

    private static void apply(AddressSpace space, int kind, List<Change> changes) {
        Change first = changes.get(0);
        if (kind == 0) {
            space.change(changes);
        } else if (kind == 1) {
            space.cut(first.iova(), first.size());
        } else if (first.isMap()) {
            space.map(first.iova(), first.output(), first.size(), first.permissions());
        } else {
            space.unmap(first.iova(), first.size());
        }
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
