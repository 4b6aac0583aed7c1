// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Calls what clients have handed over: listeners, sinks, actions. What such code throws, also while its bundle is taken away, is its own affair and harms
 * neither whoever calls it nor others that are called.
 */
public final class ForeignCode {
    private static final Logger LOG = System.getLogger(ForeignCode.class.getName());

    private ForeignCode() {
    }

    /** @param what for the log, if it throws */
    public static void run(Object what, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, what + " threw", e);
        }
    }
}
