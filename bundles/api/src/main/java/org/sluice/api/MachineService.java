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
    default Machine open(String origin, String name, Progress progress) {
        return open(origin, name, false, progress);
    }

    /**
     * Opens a machine under a name.
     *
     * @param stopped if the machine runs, stop it until it is closed; one that does not run is not affected
     */
    Machine open(String origin, String name, boolean stopped, Progress progress);

    /** Machines open by name, in the order they were opened. */
    List<Machine> list();

    /** Closes the machine with that name; {@code NOT_FOUND} if there is none. */
    void close(String name);

    /** The open machine of that name, or the origin opened for as long as the lease lives. */
    default Lease lease(String nameOrOrigin, Progress progress) {
        return lease(nameOrOrigin, false, progress);
    }

    /**
     * The open machine of that name, or the origin opened for as long as the lease lives.
     *
     * @param stopped if the machine runs, stop it while the lease lives, so that all that is read is of one moment
     */
    Lease lease(String nameOrOrigin, boolean stopped, Progress progress);

    /** A machine to work with; closing ends what was opened for it alone. Not thread-safe. */
    interface Lease extends AutoCloseable {
        /** The machine; one that runs, as it was when the lease began: what was read once stays as it was. */
        Machine machine();

        /** Looks again: from now on {@link #machine} is the machine as it is now. Returns it. */
        Machine renew();

        @Override
        void close();
    }
}
