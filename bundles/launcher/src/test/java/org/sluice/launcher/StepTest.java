// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

public class StepTest {
    @Test
    public void remarksCommandsAndExpectations() {
        assertEquals(List.of(
                new Step("what comes", null, 0),
                new Step(null, "machine-list", 0),
                new Step(null, "table-walk a b c", 1)),
                Step.parse(List.of("// licence", "", "# what comes", "machine-list", "  [1] table-walk a b c")));
    }

    @Test
    public void bracketsInACommandStay() {
        assertEquals(List.of(new Step(null, "echo [1] x", 0)), Step.parse(List.of("echo [1] x")));
    }
}
