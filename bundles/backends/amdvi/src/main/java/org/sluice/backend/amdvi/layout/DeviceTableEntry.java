// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/**
 * The device table entry, one a DeviceID: section 2.2.2.1. Its halves are independent: bits 127:0 decide over DMA, bits 255:128 over
 * interrupts (and hold the depth of guest tables).
 */
public final class DeviceTableEntry {
    public static final int BYTES = 32;

    /** Mode: no host translation. */
    public static final long MODE_NONE = 0;
    public static final long MODE_RESERVED = 7;
    /** HAD: the one encoding that has no meaning. */
    public static final long HAD_RESERVED = 2;
    public static final long IO_RESERVED = 3;
    public static final long GLX_RESERVED = 3;
    public static final long GUEST_FIVE_LEVELS = 1;
    /** IntTabLen: an interrupt table has at most 2^11 entries. */
    public static final long MAX_INTERRUPT_LENGTH = 11;

    public static final long INTERRUPTS_ABORTED = 0;
    public static final long INTERRUPTS_PASSED = 1;
    public static final long INTERRUPTS_REMAPPED = 2;
    public static final long INTERRUPTS_RESERVED = 3;

    public static final StructureLayout LAYOUT = AmdVi.structure("device-table-entry", 256, "Device table entry: one DeviceID", "section 2.2.2.1")
            .flag("V", 0, "bits 127:1 are valid; else DMA passes untranslated")
            .flag("TV", 1, "translation information is valid; else DMA that needs it faults")
            .reserved(6, 2)
            .value("HAD", 8, 7, "accessed and dirty updates of host tables",
            Map.of(0L, "none", 1L, "accessed", 2L, "reserved", 3L, "accessed and dirty"))
            .value("Mode", 11, 9, "levels of the host table", Map.of(MODE_NONE, "no host translation", MODE_RESERVED, "reserved"))
            .address("HostRoot", 51, 12, "host table root")
            .flag("PPR", 52, "page requests allowed")
            .flag("GPRP", 53, "page request responses carry the PASID")
            .flag("GIoV", 54, "requests without PASID use the guest table of PASID 0")
            .flag("GV", 55, "guest translation is valid (with Control.GTEn)")
            .value("GLX", 57, 56, "levels of the GCR3 table less 1", Map.of(0L, "1 level", 1L, "2 levels", 2L, "3 levels", GLX_RESERVED, "reserved"))
            .value("GCR3Low", 60, 58, "GCR3 table root 14:12")
            .flag("IR", 61, "read permission")
            .flag("IW", 62, "write permission")
            .reserved(63, 63)
            .value("DomainID", 79, 64, "tag of cached translations")
            .value("GCR3Middle", 95, 80, "GCR3 table root 30:15")
            .flag("I", 96, "the device may have an IOTLB (ATS)")
            .flag("SE", 97, "suppress page-fault events after the first")
            .flag("SA", 98, "suppress all page-fault events")
            .value("IoCtl", 100, 99, "port I/O", Map.of(0L, "abort", 1L, "pass", 2L, "translate", IO_RESERVED, "reserved"))
            .flag("Cache", 101, "translations of ATS requests are not cached")
            .flag("SD", 102, "snooping disabled")
            .flag("EX", 103, "the exclusion range applies")
            .value("SysMgt", 105, 104, "system management messages",
            Map.of(0L, "abort", 1L, "forward messages", 2L, "forward messages and interrupts", 3L, "translate"))
            .flag("SATS", 106, "secure ATS")
            .value("GCR3High", 127, 107, "GCR3 table root 51:31")
            .flag("IV", 128, "bits 255:129 are valid; else interrupts pass unmapped")
            .value("IntTabLen", 132, 129, "the interrupt table has 2^n entries, n up to 11")
            .flag("IG", 133, "no events for unmapped interrupts")
            .address("IntTable", 179, 134, "interrupt table root")
            .reserved(181, 180)
            .value("GuestPaging", 183, 182, "levels of guest tables",
            Map.of(0L, "4 levels", GUEST_FIVE_LEVELS, "5 levels", 2L, "reserved", 3L, "reserved"))
            .flag("InitPass", 184, "INIT passes unmapped, else is aborted")
            .flag("EIntPass", 185, "ExtINT passes unmapped, else is aborted")
            .flag("NMIPass", 186, "NMI passes unmapped, else is aborted")
            .flag("HPTMode", 187, "host page table mode of the guest table root")
            .value("IntCtl", 189, 188, "fixed and arbitrated interrupts", Map.of(INTERRUPTS_ABORTED, "abort", INTERRUPTS_PASSED, "pass unmapped",
                    INTERRUPTS_REMAPPED, "remap", INTERRUPTS_RESERVED, "reserved"))
            .flag("Lint0Pass", 190, "LINT0 passes unmapped, else is aborted")
            .flag("Lint1Pass", 191, "LINT1 passes unmapped, else is aborted")
            .reserved(245, 192)
            .flag("AttrV", 246, "SnoopAttribute is valid")
            .flag("Mode0FC", 247, "force coherence where Mode is 0")
            .value("SnoopAttribute", 255, 248, "snoop attributes by processor socket")
            .build();

    public static final BitField VALID = field(LAYOUT, "V");
    public static final BitField TRANSLATION_VALID = field(LAYOUT, "TV");
    public static final BitField ACCESSED_DIRTY = field(LAYOUT, "HAD");
    public static final BitField MODE = field(LAYOUT, "Mode");
    public static final BitField HOST_ROOT = field(LAYOUT, "HostRoot");
    public static final BitField PAGE_REQUESTS = field(LAYOUT, "PPR");
    public static final BitField RESPONSE_PASID = field(LAYOUT, "GPRP");
    public static final BitField GUEST_WITHOUT_PASID = field(LAYOUT, "GIoV");
    public static final BitField GUEST_VALID = field(LAYOUT, "GV");
    public static final BitField GUEST_LEVELS = field(LAYOUT, "GLX");
    public static final BitField GCR3_LOW = field(LAYOUT, "GCR3Low");
    public static final BitField READ = field(LAYOUT, "IR");
    public static final BitField WRITE = field(LAYOUT, "IW");
    public static final BitField DOMAIN = field(LAYOUT, "DomainID");
    public static final BitField GCR3_MIDDLE = field(LAYOUT, "GCR3Middle");
    public static final BitField DEVICE_TLB = field(LAYOUT, "I");
    public static final BitField SUPPRESS_NEXT = field(LAYOUT, "SE");
    public static final BitField SUPPRESS_ALL = field(LAYOUT, "SA");
    public static final BitField IO_CONTROL = field(LAYOUT, "IoCtl");
    public static final BitField EXCLUSION = field(LAYOUT, "EX");
    public static final BitField GCR3_HIGH = field(LAYOUT, "GCR3High");
    public static final BitField INTERRUPT_VALID = field(LAYOUT, "IV");
    public static final BitField INTERRUPT_LENGTH = field(LAYOUT, "IntTabLen");
    public static final BitField IGNORE_UNMAPPED = field(LAYOUT, "IG");
    public static final BitField INTERRUPT_TABLE = field(LAYOUT, "IntTable");
    public static final BitField GUEST_PAGING = field(LAYOUT, "GuestPaging");
    public static final BitField INIT_PASS = field(LAYOUT, "InitPass");
    public static final BitField EXTINT_PASS = field(LAYOUT, "EIntPass");
    public static final BitField NMI_PASS = field(LAYOUT, "NMIPass");
    public static final BitField INTERRUPT_CONTROL = field(LAYOUT, "IntCtl");

    /** Reserved bits of each half that hardware tests, by word. */
    private static final long[] RESERVED = reserved();

    private DeviceTableEntry() {
    }

    private static long[] reserved() {
        long[] masks = new long[BYTES / Long.BYTES];
        for (BitField f : LAYOUT.fields()) {
            if (f.kind() == BitField.Kind.RESERVED) {
                masks[f.word()] |= f.put(-1L);
            }
        }
        return masks;
    }

    /** Bits of word {@code index} that must be zero. */
    public static long reservedMask(int index) {
        return RESERVED[index];
    }

    /** The piece of a GCR3 table root that stands in word 0. */
    public static long putGcr3Low(long root) {
        return GCR3_LOW.put(root >>> 12);
    }

    /** The pieces of a GCR3 table root that stand in word 1. */
    public static long putGcr3High(long root) {
        return GCR3_MIDDLE.put(root >>> 15) | GCR3_HIGH.put(root >>> 31);
    }

    /** The GCR3 table root, put together from its three pieces. */
    public static long gcr3Root(long word0, long word1) {
        return GCR3_LOW.get(word0) << 12 | GCR3_MIDDLE.get(word1) << 15 | GCR3_HIGH.get(word1) << 31;
    }
}
