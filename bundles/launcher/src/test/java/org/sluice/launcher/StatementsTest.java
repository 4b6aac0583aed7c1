// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

public class StatementsTest {
    @Test
    public void semicolonsAndLineEndsSeparate() {
        assertEquals(List.of("a b", "c", "d"), Statements.split("a b; c\nd\n\n;"));
    }

    @Test
    public void quotesHoldTogether() {
        assertEquals(List.of("a 'x;y' \"p;q\"", "b"), Statements.split("a 'x;y' \"p;q\"; b"));
    }

    @Test
    public void aQuoteInsideTheOtherKindIsText() {
        assertEquals(List.of("a \"it's;\"", "b"), Statements.split("a \"it's;\"; b"));
    }

    @Test
    public void escapesHoldTogether() {
        assertEquals(List.of("a \\; b", "c"), Statements.split("a \\; b; c"));
    }

    @Test
    public void bracketsHoldTogether() {
        assertEquals(List.of("if {a; b} {c}", "each [1 2] { it ; }"), Statements.split("if {a; b} {c}; each [1 2] { it ; }"));
    }

    @Test
    public void remarksAreLeftOut() {
        assertEquals(List.of("a", "b #1"), Statements.split("# one; two\na\n  # three\nb #1\n# four"));
    }

    @Test
    public void anOpenQuoteReachesTheEnd() {
        assertEquals(List.of("a 'b; c"), Statements.split("a 'b; c"));
    }
}
