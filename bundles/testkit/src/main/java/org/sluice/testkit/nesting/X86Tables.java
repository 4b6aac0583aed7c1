// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.nesting;

import java.util.function.LongUnaryOperator;

import org.sluice.machine.PhysicalMemory;

/** Tables of the processor's own format, which VT-d's first stage and AMD-Vi's guest tables are of; sheets vtd.md, section 4.2, and amdvi.md, section 4. */
abstract class X86Tables extends UserTables {
    static final long PRESENT = 1;
    private static final long WRITE = 2;
    private static final long USER = 4;

    X86Tables(PhysicalMemory memory, LongUnaryOperator physical, long first) {
        super(memory, physical, first);
    }

    @Override
    final long link() {
        return PRESENT | WRITE | USER;
    }

    @Override
    final long leaf(boolean writable) {
        return PRESENT | USER | (writable ? WRITE : 0);
    }
}
