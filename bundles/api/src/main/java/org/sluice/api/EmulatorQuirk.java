// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.Arrays;

/**
 * A known way in which QEMU's unit differs from what the architecture says, and so from our models.
 *
 * @param backend whose units it is about
 * @param since first release of QEMU that has it, among those that were looked at
 * @param before first release that has it no longer, or null
 * @param architecture what the architecture says, and where
 * @param emulator what QEMU does
 */
public record EmulatorQuirk(String backend, String id, String since, String before, String architecture, String emulator) {
    /**
     * Whether that release of QEMU has it.
     *
     * @param release {@code 10.0.2}, with whatever follows a space
     * @throws NumberFormatException if it is no release
     */
    public boolean isOf(String release) {
        int[] asked = numbers(release);
        return Arrays.compare(numbers(since), asked) <= 0 && (before == null || Arrays.compare(asked, numbers(before)) < 0);
    }

    /** Major, minor and micro; what is not said is 0. */
    private static int[] numbers(String release) {
        return Arrays.copyOf(Arrays.stream(release.split(" ")[0].split("\\.")).mapToInt(Integer::parseInt).toArray(), 3);
    }
}
