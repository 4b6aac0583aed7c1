// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Stops the machine for as long as somebody wants it stopped, and lets it go on afterwards; one that was stopped by others
 * stays so. While it is stopped by us a {@link Watchdog} process waits to let it go on should this process die. Thread-safe.
 */
final class Pause implements AutoCloseable {
    private static final String CONT = "{\"execute\":\"cont\"}\n";

    private final Path socket;
    private final QmpClient qmp;
    private int wanted;
    /** Not null while the machine is stopped by us. */
    private Watchdog watchdog;
    private long resumedBefore;

    Pause(Path socket, QmpClient qmp) {
        this.socket = socket;
        this.qmp = qmp;
    }

    synchronized void begin() {
        if (wanted == 0 && qmp.object("query-status", Map.of()).flag("running")) {
            watchdog = Watchdog.start(socket, List.of(CONT));
            try {
                qmp.execute("stop");
                resumedBefore = qmp.resumed();
            } catch (RuntimeException e) {
                watchdog.dismiss();
                watchdog = null;
                throw e;
            }
        }
        wanted++;
    }

    /** @throws IommuException {@code CONFLICT} if somebody else let the machine go on meanwhile: what was read may be torn */
    synchronized void end() {
        wanted--;
        if (wanted == 0) {
            resume();
        }
    }

    private void resume() {
        if (watchdog == null) {
            return;
        }
        Watchdog guard = watchdog;
        watchdog = null;
        boolean foreign;
        try {
            foreign = qmp.object("query-status", Map.of()).flag("running") || qmp.resumed() != resumedBefore;
            qmp.execute("cont");
        } catch (RuntimeException e) {
            guard.release();
            throw e;
        }
        guard.dismiss();
        if (foreign) {
            throw new IommuException(Reason.CONFLICT, socket + ": somebody else let the machine go on while it was read; what was read may be of "
                    + "several moments: ask again");
        }
    }

    @Override
    public synchronized void close() {
        wanted = 0;
        resume();
    }
}
