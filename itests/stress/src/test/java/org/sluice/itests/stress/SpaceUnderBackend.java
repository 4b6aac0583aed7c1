// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;

/** A made-up machine under each backend that translates, with one space that its NIC uses. */
@RunWith(Parameterized.class)
public abstract class SpaceUnderBackend {
    static final int NO_PASID = TranslationRequest.NO_PASID;
    static final long PAGE = 4096;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    final Platform platform = new Platform();
    Machine machine;
    AddressSpace space;
    DmaPort nic;
    /** The first address of RAM. */
    long ram;

    @Before
    public void openMachine() {
        machine = platform.open(backend);
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        nic = platform.port(machine, Platform.NIC);
        ram = machine.memory().ram().get(0).start();
        space.attach(Platform.NIC, NO_PASID);
    }

    @After
    public void closePlatform() {
        platform.close();
    }
}
