// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

/** What the process ends with. Commands leave theirs in a session variable; a failure is an exception. */
final class Status {
    /** Name of the session variable in which a command leaves {@link #DONE} or {@link #NEGATIVE}. */
    static final String VARIABLE = "status";

    static final int DONE = 0;
    /** Done, and the answer is negative, as {@code grep} and {@code diff} have it. */
    static final int NEGATIVE = 1;
    static final int FAILED = 2;
    /** The reader of our output went away: what a shell reports for SIGPIPE. */
    static final int BROKEN_PIPE = 128 + 13;

    private Status() {
    }

    /** The status that a command left behind; one that says nothing is done. */
    static int of(Object variable) {
        return variable instanceof Number n ? n.intValue() : DONE;
    }
}
