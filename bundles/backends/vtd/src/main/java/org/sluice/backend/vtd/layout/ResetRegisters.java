// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import java.util.HashMap;
import java.util.Map;

/**
 * Registers of a unit that is made up, as reset leaves them: what it is and can do, and the three event masks (section 11.4). Fault
 * records and invalidation registers lie where QEMU has them too.
 */
public final class ResetRegisters {
    private static final long MASKED = 1L << 31;
    private static final int PAGE_REQUEST_CONTROL = 0xe0;
    private static final int FAULT_CONTROL = 0x38;
    private static final int COMPLETION_CONTROL = 0xa0;
    private static final long VERSION_4 = 0x40;
    private static final int RECORDS = 0x220;
    private static final int RECORD_BYTES = 16;

    private final Map<Integer, Integer> words = new HashMap<>();

    private ResetRegisters() {
        for (int at = 0; at < RECORDS + RECORD_BYTES; at += Integer.BYTES) {
            words.put(at, 0);
        }
        put(CapabilityRegisters.VER.offset(), VERSION_4, Integer.BYTES);
        put(CapabilityRegisters.CAP.offset(), cap(), Long.BYTES);
        put(CapabilityRegisters.ECAP.offset(), ecap(), Long.BYTES);
        put(FAULT_CONTROL, MASKED, Integer.BYTES);
        put(COMPLETION_CONTROL, MASKED, Integer.BYTES);
        put(PAGE_REQUEST_CONTROL, MASKED, Integer.BYTES);
    }

    /** 32-bit registers by offset. */
    public static Map<Integer, Integer> words() {
        return new ResetRegisters().words;
    }

    private void put(int offset, long value, int bytes) {
        words.put(offset, (int) value);
        if (bytes == Long.BYTES) {
            words.put(offset + Integer.BYTES, (int) (value >>> Integer.SIZE));
        }
    }

    /** 65,536 domains, tables of 3 and 4 levels over 48 bits, 2 MiB and 1 GiB pages. */
    private static long cap() {
        return CapabilityRegisters.ND.put(6) | CapabilityRegisters.SAGAW.put(0b0110) | CapabilityRegisters.MGAW.put(47)
                | CapabilityRegisters.FRO.put(RECORDS / RECORD_BYTES) | CapabilityRegisters.SSLPS.put(0b11) | CapabilityRegisters.PSI.put(1)
                | CapabilityRegisters.MAMV.put(18) | CapabilityRegisters.WRITE_DRAIN.put(1)
                | CapabilityRegisters.READ_DRAIN.put(1) | CapabilityRegisters.FS1GP.put(1);
    }

    /** Scalable mode with both stages, nested, dirty bits and 20-bit PASIDs, pass-through, device-TLBs and page requests, interrupt remapping with 32-bit destinations. */
    private static long ecap() {
        return CapabilityRegisters.COHERENT.put(1) | CapabilityRegisters.QI.put(1) | CapabilityRegisters.DT.put(1) | CapabilityRegisters.PRS.put(1)
                | CapabilityRegisters.IR.put(1) | CapabilityRegisters.EIM.put(1)
                | CapabilityRegisters.PT.put(1) | CapabilityRegisters.SC.put(1) | CapabilityRegisters.IRO.put(0x0f) | CapabilityRegisters.MHMV.put(0x0f)
                | CapabilityRegisters.NEST.put(1) | CapabilityRegisters.PSS.put(19) | CapabilityRegisters.PASID.put(1) | CapabilityRegisters.SMTS.put(1)
                | CapabilityRegisters.SSADS.put(1) | CapabilityRegisters.SSTS.put(1)
                | CapabilityRegisters.FSTS.put(1) | CapabilityRegisters.SMPWCS.put(1);
    }
}
