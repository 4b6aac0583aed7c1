// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import org.osgi.annotation.versioning.ConsumerType;

/** Memory by virtual addresses, and whose limits its pins count against. */
@ConsumerType
public interface UserMemory extends PinSource {
    String name();

    /** What the user, with all of its processes, may pin. */
    MemoryAccount user();

    /** What this process alone may pin. */
    MemoryAccount process();

    /** Counts pins for the process's statistics, beside what is charged; negative takes away. */
    void countPinned(long pages);

    /** Descriptors of the process. */
    Descriptors descriptors();
}
