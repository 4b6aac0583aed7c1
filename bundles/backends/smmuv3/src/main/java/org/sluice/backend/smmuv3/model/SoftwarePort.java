// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.RegisterPort;

/**
 * Registers as software sees them: what a write starts is done when it returns, outside the registers' monitor. The Secure bank and
 * what else is not there reads as zero. Thread-safe.
 */
record SoftwarePort(RegisterFile registers, Runnable settle) implements RegisterPort {
    /** Both pages of 64 KiB. */
    private static final int BYTES = 0x2_0000;

    @Override
    public boolean isKnown(int offset, int bytes) {
        return offset >= 0 && offset + bytes <= BYTES;
    }

    @Override
    public int read32(int offset) {
        return registers.read32(offset);
    }

    @Override
    public void write32(int offset, int value) {
        registers.write32(offset, value);
        settle.run();
    }

    @Override
    public void write64(int offset, long value) {
        registers.write64(offset, value);
        settle.run();
    }
}
