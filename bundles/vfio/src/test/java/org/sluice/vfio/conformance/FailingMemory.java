// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import org.sluice.vfio.memory.Descriptors;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.UserMemory;
import org.sluice.vfio.mock.FailNth;

/** A process's memory whose pins and copies can fail. */
final class FailingMemory implements UserMemory {
    private final UserMemory memory;
    private final FailNth failure;

    FailingMemory(UserMemory memory, FailNth failure) {
        this.memory = memory;
        this.failure = failure;
    }

    @Override
    public long pin(long address, boolean write) {
        failure.step("pin");
        return memory.pin(address, write);
    }

    @Override
    public void unpin(long physical) {
        memory.unpin(physical);
    }

    @Override
    public void read(long address, byte[] into, int offset, int length) {
        failure.step("read");
        memory.read(address, into, offset, length);
    }

    @Override
    public void write(long address, byte[] from, int offset, int length) {
        failure.step("write");
        memory.write(address, from, offset, length);
    }

    @Override
    public void readPinned(long physical, byte[] into, int offset, int length) {
        memory.readPinned(physical, into, offset, length);
    }

    @Override
    public void writePinned(long physical, byte[] from, int offset, int length) {
        memory.writePinned(physical, from, offset, length);
    }

    @Override
    public String name() {
        return memory.name();
    }

    @Override
    public MemoryAccount user() {
        return memory.user();
    }

    @Override
    public MemoryAccount process() {
        return memory.process();
    }

    @Override
    public void countPinned(long pages) {
        memory.countPinned(pages);
    }

    @Override
    public Descriptors descriptors() {
        return memory.descriptors();
    }
}
