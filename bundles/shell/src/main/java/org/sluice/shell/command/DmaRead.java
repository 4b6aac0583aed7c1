// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.dma.DmaPort;
import org.sluice.shell.session.CommandException;

/** Reads memory as a device would. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "dma-read", description = "Reads memory as a device of a made-up machine would",
        detailedDescription = """
                The access goes through the device's unit as it is now: translated, refused and recorded like the device's \
                own. Shows the bytes in the order of memory; where nothing answers, all ones. Status 1 if it did \
                not arrive; table-walk -v shows where it ends.

                Example: dma-read lab 00:03.0 0x100000000 32""")
public final class DmaRead extends DmaCommand {
    private static final int MOST = 1 << 16;

    @Argument(index = 3, name = "size", description = "Bytes to read, or a number with K; 16 if not given, at most 64K")
    private String size = "16";

    @Override
    byte[] data() {
        long bytes = Arguments.size(size);
        if (bytes < 1 || bytes > MOST) {
            throw new CommandException("'" + size + "' bytes cannot be read at once: 1 to 64K can");
        }
        return new byte[(int) bytes];
    }

    @Override
    boolean reads() {
        return true;
    }

    @Override
    int access(DmaPort port, long at, byte[] data) {
        return port.read(at, data, 0, data.length);
    }
}
