// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.kit.register.DeliveringPort;
import org.sluice.kit.register.RegisterFile;

/** Registers as software sees them. The Secure bank and what else is not there reads as zero. Thread-safe. */
final class SoftwarePort extends DeliveringPort {
    /** Both pages of 64 KiB. */
    private static final int BYTES = 0x2_0000;

    private final CommandQueue commands;
    private final Runnable after;

    /** @param after what else than commands a write may leave to be done */
    SoftwarePort(RegisterFile registers, CommandQueue commands, Runnable after) {
        super(registers, CommandQueue.PROD, CommandQueue.POINTER);
        this.commands = commands;
        this.after = after;
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return offset >= 0 && offset + bytes <= BYTES;
    }

    @Override
    protected void tailMoved() {
        commands.run();
    }

    @Override
    protected void settle() {
        commands.work();
        after.run();
    }
}
