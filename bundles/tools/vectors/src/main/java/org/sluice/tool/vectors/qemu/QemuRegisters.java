// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.qemu;

import org.sluice.machine.RegisterPort;

/** A unit's registers in a running QEMU. Not thread-safe. */
final class QemuRegisters implements RegisterPort {
    private final Qtest qtest;
    private final long base;

    QemuRegisters(Qtest qtest, long base) {
        this.qtest = qtest;
        this.base = base;
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return true;
    }

    @Override
    public int read32(int offset) {
        return (int) qtest.ask("readl", base + offset);
    }

    @Override
    public long read64(int offset) {
        return qtest.ask("readq", base + offset);
    }

    @Override
    public void write32(int offset, int value) {
        qtest.tell("writel", base + offset, value & 0xffff_ffffL);
    }

    @Override
    public void write64(int offset, long value) {
        qtest.tell("writeq", base + offset, value);
    }
}
