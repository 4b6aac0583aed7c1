// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * What to attach to: {@code SOCKET[,follow=on][,log=FILE]}.
 *
 * @param follow whether QEMU may be told to log the requests to a virtio-iommu
 * @param log file that QEMU logs to, where that cannot be found out; else null
 */
record Order(Path socket, boolean follow, Path log) {
    private static final String FOLLOW = ",follow=on";
    private static final String LOG = ",log=";

    /** Options are at the end; a socket whose name has commas needs no quoting. */
    static Order parse(String text) {
        String rest = text;
        boolean follow = false;
        Path log = null;
        while (true) {
            int comma = rest.lastIndexOf(',');
            if (rest.endsWith(FOLLOW)) {
                follow = true;
            } else if (comma >= 0 && rest.startsWith(LOG, comma)) {
                log = path(rest.substring(comma + LOG.length()), "log=FILE takes the file that QEMU logs to");
            } else {
                Path socket = path(rest, "write qemu:SOCKET with the socket of QEMU's -qmp option");
                if (comma >= 0 && !Files.exists(socket) && Files.exists(path(rest.substring(0, comma), ""))) {
                    throw new IommuException(Reason.BAD_FORMAT, "'" + rest.substring(comma + 1) + "' in qemu:" + rest
                            + ": follow=on or log=FILE can follow the socket");
                }
                return new Order(socket, follow, log);
            }
            rest = rest.substring(0, comma);
        }
    }

    private static Path path(String text, String rule) {
        try {
            return Path.of(text).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new IommuException(Reason.NOT_FOUND, "'" + text.replaceAll("\\p{Cntrl}+", " ") + "' is not a file name; " + rule, e);
        }
    }
}
