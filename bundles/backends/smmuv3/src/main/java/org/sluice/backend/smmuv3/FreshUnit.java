// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.HashMap;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.Registers;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.kit.register.Register;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend.PowerOn;

/**
 * A made-up unit as nobody has touched it: identified as QEMU's, with what that one has not and the driver or devices can use. Traffic is
 * blocked until software says otherwise; the architecture leaves GBPA.ABORT after reset to the implementation.
 */
final class FreshUnit {
    private static final String NAME = "smmuv3-0";
    /** Where the virtual machine of QEMU has its own. */
    private static final long REGISTERS = 0x0905_0000L;

    /** QEMU 10.0: both stages, AArch64, coherent, 16-bit ids, little-endian tables, terminated is aborted, two-level stream tables. */
    private static final long IDR0 = 0x0d44_101bL;
    /** 16-bit StreamIDs, queues of up to 2^19 entries. */
    private static final long IDR1 = 0x0273_0010L;
    /** HAD, XNX, RIL, BBML 2. */
    private static final long IDR3 = 0x1414L;
    /** All granules, 44-bit output. */
    private static final long IDR5 = 0x74L;
    private static final long VERSION_3_1 = 1;
    private static final long SHARE_AS_INCOMING = 0x1000L;

    private static final int BOTH_FLAGS = 2;
    private static final int SUBSTREAM_BITS = 16;
    private static final int PAGE_REQUEST_BITS = 10;
    private static final int STALLS = 16;

    private FreshUnit() {
    }

    static PowerOn powerOn() {
        Map<Integer, Integer> words = new HashMap<>();
        for (Register register : Registers.ALL) {
            for (int at = 0; at < register.bytes(); at += Integer.BYTES) {
                words.put(register.offset() + at, 0);
            }
        }
        long optional = bits(IdRegisters.ATS, IdRegisters.MSI, IdRegisters.PRI, IdRegisters.CD2L, IdRegisters.ATSRECERR);
        set(words, IdRegisters.IDR0, IDR0 & ~IdRegisters.STALL_MODEL.put(-1) | IdRegisters.HTTU.put(BOTH_FLAGS) | optional);
        set(words, IdRegisters.IDR1, IDR1 | IdRegisters.SSIDSIZE.put(SUBSTREAM_BITS) | IdRegisters.PRIQS.put(PAGE_REQUEST_BITS));
        set(words, IdRegisters.IDR3, IDR3);
        set(words, IdRegisters.IDR5, IDR5 | IdRegisters.STALL_MAX.put(STALLS));
        set(words, IdRegisters.AIDR, VERSION_3_1);
        set(words, ControlRegisters.GBPA, SHARE_AS_INCOMING | ControlRegisters.BYPASS_ABORT.put(1));
        return new PowerOn(new UnitDescription(NAME, Smmu.UNIT_TYPE, REGISTERS, Attributes.EMPTY), words);
    }

    private static void set(Map<Integer, Integer> words, Register register, long value) {
        words.put(register.offset(), (int) value);
    }

    private static long bits(BitField... flags) {
        long bits = 0;
        for (BitField flag : flags) {
            bits |= flag.put(1);
        }
        return bits;
    }
}
