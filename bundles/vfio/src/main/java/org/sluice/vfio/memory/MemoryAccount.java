// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import org.sluice.vfio.Limit;
import org.sluice.vfio.VfioException;

/** How many pages a user or a process may have pinned, and has. Thread-safe. */
public final class MemoryAccount {
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final String owner;
    private long limit;
    private long used;

    /** @param limit pages, or {@link #UNLIMITED} */
    public MemoryAccount(String owner, long limit) {
        this.owner = owner;
        this.limit = limit;
    }

    /** Takes pages, all or none. */
    public synchronized void charge(long pages) {
        if (pages > limit - used) {
            throw VfioException.limit(new Limit(owner, limit, used, pages));
        }
        used += pages;
    }

    public synchronized void release(long pages) {
        if (pages > used) {
            throw new IllegalStateException(owner + " gives back " + pages + " of " + used + " pages");
        }
        used -= pages;
    }

    /** Changes the limit; what is used above it stays used. */
    public synchronized void limit(long pages) {
        limit = pages;
    }

    public synchronized long limit() {
        return limit;
    }

    public synchronized long used() {
        return used;
    }

    @Override
    public String toString() {
        return owner;
    }
}
