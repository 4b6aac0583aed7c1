// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import org.sluice.machine.RegisterPort;

/** Registers of either width as one number. */
public final class RegisterWords {
    private RegisterWords() {
    }

    /** @param bytes 4 or 8 */
    public static long read(RegisterPort port, int offset, int bytes) {
        return bytes == Long.BYTES ? port.read64(offset) : port.read32(offset) & 0xffff_ffffL;
    }

    /** @param bytes 4 or 8 */
    public static void write(RegisterPort port, int offset, int bytes, long value) {
        if (bytes == Long.BYTES) {
            port.write64(offset, value);
        } else {
            port.write32(offset, (int) value);
        }
    }
}
