// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.List;
import java.util.Map;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and the functions, which meet in memory and the instruction block only, with every kind of table and both kinds of refresh. */
@RunWith(Parameterized.class)
public class DriverAndFunctionsTest extends DriverMeetsModel {
    @Parameters(name = "refresh {0}, designations {1}, first {2}, last {3}")
    public static List<Object[]> groups() {
        return List.of(new Object[] {true, 0x40L, Functions.FIRST, Functions.LAST}, new Object[] {false, 0x40L, Functions.FIRST, Functions.LAST},
                new Object[] {true, 0xf8L, Functions.FIRST, 0x01ff_ffff_ffff_ffffL}, new Object[] {false, 0x20L, 0L, 0x1f_ffff_ffff_ffffL},
                new Object[] {false, 0x80L, 0x1000L, 0x7fff_ffffL});
    }

    private final Functions functions;

    public DriverAndFunctionsTest(boolean refresh, long designations, long first, long last) {
        functions = new Functions().function(Functions.FID, null, first, last, Map.of())
                .function(Functions.OTHER_FID, null, first, last, Map.of()).group("refresh", refresh).group("dtsm", designations);
    }

    @Override
    protected BackendRig newRig() {
        return BackendRig.stoppingAtFaults(new ZpciBackend("test"), functions.machine(), PhysicalMemory.allocate(Functions.RAM), Functions.TABLES);
    }
}
