// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.durable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.SpaceLog;
import org.sluice.core.swap.Swaps;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** An open machine's part of the store; there is no file before its first durable space. The machine's lock is held. */
final class KeptMachine implements MachineSpaces.Keeper {
    private final OpenMachine machine;
    private final MachineSpaces spaces;
    private final Path file;
    private final List<String> remarks = new ArrayList<>();
    private MachineStore store;
    private SpaceLog log;

    /** @param store what was read of the machine, or null */
    KeptMachine(OpenMachine machine, MachineSpaces spaces, Path file, MachineStore store) {
        this.machine = machine;
        this.spaces = spaces;
        this.file = file;
        this.store = store;
        spaces.keepIn(this);
    }

    /** Brings the spaces back; nothing serves their devices yet. */
    void restore() throws IOException {
        if (store == null) {
            return;
        }
        tell(store.remarks());
        if (store.saved().isEmpty()) {
            return;
        }
        log = spaces.log(store.journal(), store.saved());
        tell(spaces.restore(store.saved(), log));
        log.reopened(!store.saved().problem().isEmpty());
    }

    /** Puts backends that are there in front of devices that got their spaces back; without the lock. */
    void serve(Swaps swaps) {
        for (SwapReport report : swaps.serveAwaiting(machine)) {
            tell(List.of("unit " + report.unit() + " of machine " + report.machine() + " is not served by " + report.to() + " again: " + report.text()));
        }
    }

    private synchronized void tell(List<String> lines) {
        remarks.addAll(lines);
    }

    synchronized List<String> remarks() {
        return List.copyOf(remarks);
    }

    @Override
    public SpaceLog log() {
        if (log == null) {
            try {
                if (store == null) {
                    store = MachineStore.open(file);
                }
                SpaceLog fresh = spaces.log(store.journal(), store.saved());
                fresh.compact();
                log = fresh;
            } catch (IOException e) {
                throw new IommuException(Reason.IO, "the space cannot be durable: " + e.getMessage() + "; make one that is not", e);
            }
        }
        return log;
    }

    @Override
    public SpaceLog logIfAny() {
        return log;
    }

    /** @param closed whether the machine is not to be opened again with the platform */
    void end(boolean closed) throws IOException {
        machine.lock().lock();
        try {
            if (log != null && closed && spaces.hasDurable()) {
                log.closed();
            }
            if (log != null) {
                log.end(closed ? "machine " + machine.name() + " was closed" : "the platform ends");
            }
            if (store != null) {
                store.close(log != null && !spaces.hasDurable());
            }
        } finally {
            machine.lock().unlock();
        }
    }
}
