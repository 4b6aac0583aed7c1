// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

public class NearestTest {
    private static final List<String> KNOWN = List.of("machine-list", "machine-open", "table-walk", "table-dump", "unit-list");

    @Test
    public void aSwapOfLettersIsNear() {
        assertEquals("machine-list", Nearest.to("machine-lsit", KNOWN).get(0));
    }

    @Test
    public void aBeginningIsNearest() {
        assertEquals(List.of("table-dump", "table-walk"), Nearest.to("table", KNOWN));
    }

    @Test
    public void nothingIsNearToNonsense() {
        assertEquals(List.of(), Nearest.to("xyzzy", KNOWN));
    }

    @Test
    public void distanceCountsEdits() {
        assertEquals(0, Nearest.distance("abc", "abc"));
        assertEquals(1, Nearest.distance("abc", "abd"));
        assertEquals(3, Nearest.distance("", "abc"));
        assertEquals(3, Nearest.distance("kitten", "sitting"));
    }
}
