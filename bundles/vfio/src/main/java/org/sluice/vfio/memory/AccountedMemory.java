// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

/** What all memory with an owner has: whose limits its pins count against, how many there are, and the owner's descriptors. Thread-safe. */
abstract class AccountedMemory implements UserMemory {
    private final String name;
    private final MemoryAccount user;
    private final MemoryAccount process;
    private final Descriptors descriptors = new Descriptors();
    private long pinned;

    AccountedMemory(String name, MemoryAccount user, MemoryAccount process) {
        this.name = name;
        this.user = user;
        this.process = process;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final MemoryAccount user() {
        return user;
    }

    @Override
    public final MemoryAccount process() {
        return process;
    }

    @Override
    public final Descriptors descriptors() {
        return descriptors;
    }

    @Override
    public final synchronized void countPinned(long pages) {
        pinned += pages;
    }

    /** Pages pinned on the owner's behalf, whatever account they are charged to. */
    public final synchronized long pinned() {
        return pinned;
    }
}
