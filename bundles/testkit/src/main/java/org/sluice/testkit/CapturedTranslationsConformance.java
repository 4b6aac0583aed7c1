// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;

/**
 * Every translation that Linux and QEMU are known to have made, against an inspector, row by row. A subclass names its captures in a
 * static method with {@link org.junit.runners.Parameterized.Parameters} and opens one.
 */
@RunWith(Parameterized.class)
public abstract class CapturedTranslationsConformance {
    protected final String name;
    private final int leastRows;

    /** @param leastRows rows that each capture has at least, so that an empty file agrees with nothing */
    protected CapturedTranslationsConformance(String name, int leastRows) {
        this.name = name;
        this.leastRows = leastRows;
    }

    protected abstract CapturedUnit open(String capture);

    @Test
    public void everyRowAgrees() {
        int[] agreed = new int[1];
        try (CapturedUnit capture = open(name)) {
            assertEquals(List.of(), ExpectedTranslations.disagreements(name, capture.inspector, agreed));
        }
        assertTrue("only " + agreed[0] + " rows", agreed[0] > leastRows);
    }
}
