// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.Test;

public class ArgumentsTest {
    @Test
    public void withoutAModeThereIsNothingToRun() {
        assertEquals(Arguments.Mode.NONE, Arguments.from(name -> null).mode());
    }

    @Test
    public void wordsComeInOrderAndUnread() {
        Map<String, String> properties = Map.of("sluice.mode", "command",
                "sluice.arg.0", "table-walk", "sluice.arg.1", "a b;$x", "sluice.arg.2", "");
        assertEquals(new Arguments(Arguments.Mode.COMMAND, List.of("table-walk", "a b;$x", "")), Arguments.from(properties::get));
    }

    @Test
    public void anUnknownModeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Arguments.from(Map.of("sluice.mode", "x")::get));
    }
}
