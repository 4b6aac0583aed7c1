// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import org.sluice.machine.IommuException;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.UserMemory;

/** Takes commands as structures in a process's memory, for callers that speak the binary interface. Thread-safe as the context is. */
public final class CommandPort {
    private final IommufdContext context;

    public CommandPort(IommufdContext context) {
        this.context = context;
    }

    /**
     * Runs one command.
     *
     * @param argument where the structure is in the process's memory
     * @return 0, or the negative number of an {@link Errno}
     */
    public int run(UserMemory process, int number, long argument) {
        try {
            Command command = Command.of(number);
            if (command == null) {
                throw new VfioException(Errno.ENOTTY, "there is no command 0x" + Integer.toHexString(number));
            }
            Call call = Call.read(context, process, argument, command.least(), command.full());
            command.run(call);
            call.respond();
            return 0;
        } catch (VfioException refused) {
            return -refused.errno().number();
        } catch (IommuException failed) {
            return -Errno.EIO.number();
        }
    }
}
