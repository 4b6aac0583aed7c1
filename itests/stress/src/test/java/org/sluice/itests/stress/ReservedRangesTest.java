// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.sluice.api.TranslationRequest.NO_PASID;

import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.LiveUnit;

/** What a unit reserves is asked for once, so it has to be the same whatever the unit does. */
@RunWith(Parameterized.class)
public class ReservedRangesTest {
    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void whatAUnitReservesItReservesWhateverItDoes() {
        Machine machine = platform.open(backend + ",ram=16M");
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        space.map(0x1_0000_0000L, machine.memory().ram().get(0).start(), 4096, Permissions.READ_WRITE);
        LiveUnit unit = OpenMachine.of(machine).slots().get(0).live();
        assertEquals(unit.inspector().orElseThrow().reservedRanges(), unit.reservedRanges());
        space.detach(Platform.NIC, NO_PASID);
        assertEquals(unit.inspector().orElseThrow().reservedRanges(), unit.reservedRanges());
    }
}
