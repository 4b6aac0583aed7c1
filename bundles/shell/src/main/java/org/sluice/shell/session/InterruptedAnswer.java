// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

/** Carries an interrupt out of a callback that may not throw {@link InterruptedException}. */
final class InterruptedAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InterruptedAnswer() {
        super(null, null, false, false);
    }

    /** Ends the work if the user asked for it. */
    static void check() {
        if (Thread.interrupted()) {
            throw new InterruptedAnswer();
        }
    }
}
