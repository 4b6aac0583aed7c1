// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/** Opens, lists and closes machines. Thread-safe. Failures are {@link org.sluice.machine.IommuException}s. */
@ProviderType
public interface MachineService {
    /**
     * Opens a machine under a name.
     *
     * @param origin path of a capture folder, ELF core or raw RAM file, or {@code scheme:rest}
     * @param name name to give it, or null for the source's own
     */
    Machine open(String origin, String name, Progress progress);

    /** Machines open by name, in the order they were opened. */
    List<Machine> list();

    /** Closes the machine with that name; {@code NOT_FOUND} if there is none. */
    void close(String name);

    /** The open machine of that name, or the origin opened for as long as the lease lives. */
    Lease lease(String nameOrOrigin, Progress progress);

    /** A machine to work with; closing ends what was opened for it alone. */
    interface Lease extends AutoCloseable {
        Machine machine();

        @Override
        void close();
    }
}
