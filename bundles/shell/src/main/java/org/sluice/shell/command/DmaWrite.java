// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.sluice.api.dma.DmaPort;
import org.sluice.machine.Hex;
import org.sluice.shell.session.CommandException;

/** Writes memory as a device would. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "dma-write", description = "Writes memory as a device of a made-up machine would",
        detailedDescription = """
                Writes one little-endian number through the device's unit as it is now: translated, refused and recorded \
                like the device's own. Data that hits a doorbell and looks like a message raises an interrupt, which \
                interrupt-list --forged then shows. Status 1 if it did not arrive.

                Example: dma-write lab 00:03.0 0x100000010 0xdeadbeef""")
public final class DmaWrite extends DmaCommand {
    @Argument(index = 3, name = "value", required = true, description = "The number to write")
    private String value;

    @Option(name = "--width", description = "Bits to write: 8, 16, 32 or 64; 32 if not given")
    @Completion(value = StringsCompleter.class, values = {"8", "16", "32", "64"})
    private String width = "32";

    @Override
    byte[] data() {
        int bits = switch (width) {
            case "8" -> Byte.SIZE;
            case "16" -> Short.SIZE;
            case "32" -> Integer.SIZE;
            case "64" -> Long.SIZE;
            default -> throw new CommandException("'" + width + "' is no width: 8, 16, 32 or 64 bits");
        };
        long number = Arguments.number(value);
        if (bits < Long.SIZE && number >>> bits != 0) {
            throw new CommandException(Hex.of(number) + " has more than " + bits + " bits: give a --width");
        }
        byte[] bytes = new byte[bits / Byte.SIZE];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (number >>> Byte.SIZE * i);
        }
        return bytes;
    }

    @Override
    boolean reads() {
        return false;
    }

    @Override
    int access(DmaPort port, long at, byte[] data) {
        return port.write(at, data, 0, data.length);
    }
}
