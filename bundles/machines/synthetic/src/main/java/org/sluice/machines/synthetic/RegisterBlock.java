// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.util.HashMap;
import java.util.Map;

import org.sluice.machine.RegisterImage;

/** The registers of a unit right after reset: what software finds before it writes anything. */
final class RegisterBlock {
    private final Map<Integer, Integer> words = new HashMap<>();

    private RegisterBlock() {
    }

    /** No register is known: the unit has none. */
    static RegisterBlock none() {
        return new RegisterBlock();
    }

    /** {@code bytes} bytes of registers that read as zero. */
    private static RegisterBlock zeros(int start, int bytes) {
        RegisterBlock block = new RegisterBlock();
        for (int at = start; at < start + bytes; at += Integer.BYTES) {
            block.words.put(at, 0);
        }
        return block;
    }

    private RegisterBlock put32(int offset, int value) {
        words.put(offset, value);
        return this;
    }

    private RegisterBlock put64(int offset, long value) {
        return put32(offset, (int) value).put32(offset + Integer.BYTES, (int) (value >>> Integer.SIZE));
    }

    /**
     * VT-d specification 4.1, section 11.4: version, capabilities, and the three event masks that are set after reset. Fault
     * record and invalidation registers lie where QEMU has them too (FRO 22h, IRO 0Fh).
     */
    static RegisterBlock vtd() {
        int maskSet = 1 << 31;
        long capabilities = bits(6, 0) // ND: 65,536 domains
                | bits(0b0110, 8) // SAGAW: 3 and 4 levels
                | bits(47, 16) // MGAW: 48 bits
                | bits(0x22, 24) // FRO
                | bits(0b11, 34) // SSLPS: 2M and 1G
                | bits(1, 39) // PSI
                | bits(18, 48) // MAMV
                | bits(0b11, 54) // DWD, DRD
                | bits(1, 56); // FS1GP
        long extended = bits(0b1_1011, 0) // C, QI, IR, EIM
                | bits(0b11, 6) // PT, SC
                | bits(0x0f, 8) // IRO
                | bits(0x0f, 20) // MHMV
                | bits(19, 35) // PSS: 20 bits
                | bits(1, 40) // PASID
                | bits(1, 43) // SMTS
                | bits(0b111, 46); // SSTS, FSTS, SMPWCS
        return zeros(0, 0x230).put32(0x00, 0x40).put64(0x08, capabilities).put64(0x10, extended)
                .put32(0x38, maskSet).put32(0xa0, maskSet).put32(0xe0, maskSet);
    }

    /** AMD I/O Virtualization Technology specification 3.08, section 3.4: the extended feature register is all that is set. */
    static RegisterBlock amdVi() {
        long features = bits(1, 0) // PreFSup
                | bits(1, 2) // XTSup
                | bits(1, 6) // IASup
                | bits(1, 7) // GASup
                | bits(2, 10); // HATS: tables of up to 6 levels
        RegisterBlock block = zeros(0, 0x200).put64(0x30, features);
        block.words.putAll(zeros(0x2000, 0x100).words);
        return block;
    }

    /**
     * Arm IHI0070, section 6.3: identification as QEMU 10.0 has it. GBPA.ABORT is clear, which the architecture leaves to the
     * implementation: traffic passes until software enables the unit.
     */
    static RegisterBlock smmuV3() {
        return zeros(0, 0x100)
                .put32(0x00, 0x0d44101b) // IDR0: both stages, two-level stream table, 16-bit ASID and VMID, AArch64 tables
                .put32(0x04, 0x02730010) // IDR1: 16-bit stream ids, queues of up to 2^19 entries
                .put32(0x0c, 0x1414) // IDR3
                .put32(0x14, 0x74) // IDR5: 4K, 16K and 64K granules, 44-bit output
                .put32(0x1c, 0x1) // AIDR: SMMUv3.1
                .put32(0x44, 0x1000); // GBPA: shareability as incoming
    }

    /** The unit of the backend that translates nothing: 64 bytes, all traffic blocked. */
    static RegisterBlock nothing() {
        return zeros(0, 64);
    }

    RegisterImage image(String unit) {
        return new RegisterImage(unit, words);
    }

    private static long bits(long value, int low) {
        return value << low;
    }
}
