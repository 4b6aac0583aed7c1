// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import static org.junit.Assert.assertEquals;

import java.util.List;

import org.junit.Test;
import org.sluice.api.EmulatorQuirk;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.spi.Backend;

public class QuirksTest {
    /** What a backend says of QEMU was seen in the lab, or nothing would notice that it is not so any more. */
    @Test
    public void theLabKnowsEveryQuirkOfItsUnits() {
        List<Backend> backends = List.of(new VtdBackend("lab"), new AmdViBackend("lab"), new Smmuv3Backend("lab"));
        for (int i = 0; i < backends.size(); i++) {
            assertEquals(backends.get(i).quirks().stream().map(EmulatorQuirk::id).sorted().toList(), Quirk.all().get(i).stream().map(Quirk::id).sorted().toList());
        }
    }
}
