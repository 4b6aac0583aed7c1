// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import java.util.Random;

/** Random numbers whose seed can be given again: {@code -Dsluice.seed=...}. Stateless. */
public final class Seed {
    private static final String PROPERTY = "sluice.seed";

    private Seed() {
    }

    /** A generator; its seed goes to the test's output. */
    public static Random random() {
        long seed = Long.getLong(PROPERTY, System.nanoTime());
        System.out.println("-D" + PROPERTY + "=" + seed);
        return new Random(seed);
    }
}
