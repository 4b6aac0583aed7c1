// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** What users may call things: names stand in lists, log lines and commands, so they have to be seen and typed. */
public final class Names {
    private static final int LONGEST = 100;

    private Names() {
    }

    /**
     * Returns the name.
     *
     * @param what it is for, {@code a space}
     * @throws IommuException {@code BAD_FORMAT} for one that nobody could see or type
     */
    public static String checked(String what, String name) {
        if (name.isBlank() || !name.equals(name.strip()) || name.length() > LONGEST || name.chars().anyMatch(Character::isISOControl)) {
            throw new IommuException(Reason.BAD_FORMAT, "that is no name for " + what + ": it has 1 to " + LONGEST
                    + " characters, none of them a control character, no blank at either end");
        }
        return name;
    }
}
