// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapState;
import org.sluice.machine.AddressRange;

/** What Tab asks about a unit is what a swap would then find, and leaves no trace. */
@RunWith(Parameterized.class)
public class ProbeTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    /** Below zPCI's aperture; inside of it; in the doorbell window of Arm and virtio; in that of x86. */
    private static final long[] PLACES = {0x10000, 0x1_0000_0000L, 0x800_0000, 0xfee0_0000L};

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String from;

    private final Platform platform = new Platform();

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void aProbeIsRightAndLeavesNoTrace() {
        List<String> all = new ArrayList<>(Platform.TRANSLATING);
        all.add("none");
        int refused = 0;
        int tried = 0;
        for (long place : PLACES) {
            for (String to : all) {
                Machine machine = platform.open(from + ",ram=64M,tables=16M");
                AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
                space.attach(Platform.NIC, NO_PASID);
                if (!isMapped(machine, space, place)) {
                    continue;
                }
                String before = state(machine, space);
                boolean fits = platform.swaps.probe(machine, "0", to).isEmpty();
                assertEquals(List.of(), platform.swaps.history(machine));
                assertEquals(before, state(machine, space));
                SwapState state = platform.swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE).state();
                assertEquals(from + " to " + to + " at " + place, fits ? SwapState.ACTIVE : SwapState.REFUSED, state);
                tried++;
                refused += fits ? 0 : 1;
            }
        }
        assertTrue(refused + " of " + tried, refused > 0 && refused < tried);
    }

    private static boolean isMapped(Machine machine, AddressSpace space, long place) {
        try {
            space.map(place, machine.memory().ram().get(0).start(), PAGE, Permissions.READ_WRITE);
            return true;
        } catch (RefusedException e) {
            // Not even the backend that serves can have it there.
            return false;
        }
    }

    private String state(Machine machine, AddressSpace space) {
        List<String> lines = new ArrayList<>();
        platform.inspect.mappings(machine, Platform.NIC, NO_PASID, Progress.NONE, m -> lines.add(m.toString()));
        space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> lines.add(iova + " " + last + " " + output + " " + kind));
        return lines + " " + space.attachments() + space.owned() + machine.units();
    }
}
