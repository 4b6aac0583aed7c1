// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

/** How a command that could be done ended; its status is the exit status of {@code ./sluice}. */
enum Outcome {
    DONE(0),
    /** Done, and the answer is negative: a fault, a defect, a difference. */
    NEGATIVE(1);

    private final int status;

    Outcome(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }

    static Outcome positiveIf(boolean positive) {
        return positive ? DONE : NEGATIVE;
    }
}
