// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Progress;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.MachineSource;

/** Attaches to running QEMUs. Thread-safe, stateless. */
@Component
public final class QemuSource implements MachineSource {
    private static final String SCHEME = "qemu:";

    @Override
    public String description() {
        return "qemu:SOCKET: a running QEMU with shared RAM, by the Unix socket of its -qmp option";
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith(SCHEME);
    }

    @Override
    public OpenedMachine open(String origin, Progress progress) {
        String socket = origin.substring(SCHEME.length());
        try {
            return QemuMachine.attach(Path.of(socket).toAbsolutePath());
        } catch (InvalidPathException e) {
            throw new IommuException(Reason.NOT_FOUND, "'" + socket.replaceAll("\\p{Cntrl}+", " ") + "' is not a file name; write qemu:SOCKET with the "
                    + "socket of QEMU's -qmp option", e);
        }
    }
}
