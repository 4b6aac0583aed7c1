// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import org.junit.Assume;
import org.junit.Test;
import org.sluice.machine.IommuException;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;

/**
 * The models beside QEMU: a fixed set of random tables and accesses for each unit, where every disagreement has to be one of the
 * documented ways of QEMU ({@code docs/backends/qemu-differences.md}). {@code -Dsluice.differential.cases=N} runs more of them,
 * {@code -Dsluice.seed=N} others.
 */
public class DifferentialIT {
    private static final int CASES = Integer.getInteger("sluice.differential.cases", 1500);
    private static final long SEED = Long.getLong("sluice.seed", 20_260_101L);

    /** On a laptop QEMU may be missing; in continuous integration it may not. */
    static void requireQemu(String binary) {
        try {
            QemuMachine.version(binary);
        } catch (IommuException absent) {
            assertTrue("CI=true and " + absent.getMessage(), !"true".equals(System.getenv("CI")));
            System.out.println("skipped: " + absent.getMessage());
            Assume.assumeNoException(absent);
        }
    }

    private static Session run(UnitKind kind) {
        requireQemu(kind.binary());
        Session session = new Session(kind, kind.binary(), Path.of(System.getProperty("sluice.disagreements"))).run(CASES, SEED);
        System.out.println(session.summary());
        assertEquals(List.of(), session.unexplained());
        return session;
    }

    @Test
    public void legacyVtdTablesAgree() {
        assertTrue(run(UnitKind.VTD).explained().keySet().containsAll(Set.of("vtd-record-pasid", "vtd-cached-permission")));
    }

    @Test
    public void scalableVtdTablesAgree() {
        assertTrue(run(UnitKind.VTD_SCALABLE).explained().containsKey("vtd-legacy-codes"));
    }

    @Test
    public void amdViTablesAgree() {
        assertTrue(run(UnitKind.AMDVI).explained().containsKey("amdvi-no-events"));
    }

    @Test
    public void smmuStage1TablesAgree() {
        assertTrue(run(UnitKind.SMMUV3).explained().containsKey("smmuv3-privileged"));
    }
}
