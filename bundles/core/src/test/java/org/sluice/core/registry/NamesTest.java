// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.util.List;

import org.junit.Test;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

public class NamesTest {
    @Test
    public void whatCanBeSeenAndTypedIsAName() {
        for (String name : List.of("lab", "traffic-0000:00:03.0", "../x", "two words", "x".repeat(100))) {
            assertEquals(name, Names.checked("a space", name));
        }
    }

    @Test
    public void whatCannotIsNone() {
        for (String name : List.of("", " ", "\t", "a\nb", "\u001b[2J", " lab", "lab ", "x".repeat(101))) {
            assertEquals(Reason.BAD_FORMAT, assertThrows(name, IommuException.class, () -> Names.checked("a space", name)).reason());
        }
    }
}
