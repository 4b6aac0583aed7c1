// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.registry.OpenMachine;
import org.sluice.testkit.nesting.UserTables;

/** A made-up machine under each backend that can nest, with a parent space and a table of a user's in what it maps. */
@RunWith(Parameterized.class)
public abstract class ParentUnderBackend {
    static final int NO_PASID = TranslationRequest.NO_PASID;
    static final long PAGE = UserTables.PAGE;
    /** The user's addresses, which are not those of the memory behind them (NST-16). */
    static final long USER = 0x10_0000_0000L;
    static final long SIZE = 16 << 20;
    static final long TABLES = USER + SIZE / 2;
    static final long IOVA = 0x1234_5000L;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return UserTables.BACKENDS;
    }

    @Parameter
    public String backend;

    final Platform platform = new Platform();
    Machine machine;
    AddressSpace parent;
    UserTables user;
    /** What the parent maps {@link #USER} to. */
    long ram;

    @Before
    public void openMachine() {
        machine = platform.open(backend);
        ram = machine.memory().ram().get(0).start() + (32 << 20);
        // Domain ids of parent and users are then no numbers that a cache's hash takes for one another.
        platform.spaces.create(machine, SpaceOptions.named("other")).attach(Platform.ENGINE, NO_PASID);
        parent = platform.spaces.create(machine, SpaceOptions.parent("parent"));
        parent.map(USER, ram, SIZE, READ_WRITE);
        user = tables(TABLES);
    }

    @After
    public void closePlatform() {
        platform.close();
    }

    final UserTables tables(long first) {
        return UserTables.of(backend, machine.memory(), this::physical, first);
    }

    final long physical(long address) {
        return address - USER + ram;
    }

    final long memoryInUse() {
        return OpenMachine.of(machine).slots().get(0).live().driver().memoryInUse();
    }
}
