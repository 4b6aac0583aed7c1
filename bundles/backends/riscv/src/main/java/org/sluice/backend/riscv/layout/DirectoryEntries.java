// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import static org.sluice.backend.riscv.layout.Riscv.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Device directory, process directory and MSI page table (sections 2.1 to 2.3). Valid bit and page number stand alike in all of them. */
public final class DirectoryEntries {
    /** Modes of iohgatp and iosatp. */
    public static final int BARE = 0;
    public static final int SV39 = 8;
    public static final int SV57 = 10;
    /** Modes of msiptp and of MSI page table entries. */
    public static final int MSI_OFF = 0;
    public static final int MSI_FLAT = 1;
    public static final int MSI_TO_MEMORY = 1;
    public static final int MSI_BASIC = 3;
    /** Deepest process directory (pdtp.MODE is its number of levels). */
    public static final int PD20 = 3;

    private static final Map<Long, String> FIRST = Map.of(0L, "Bare", 8L, "Sv39", 9L, "Sv48", 10L, "Sv57");
    private static final Map<Long, String> SECOND = Map.of(0L, "Bare", 8L, "Sv39x4", 9L, "Sv48x4", 10L, "Sv57x4");

    public static final StructureLayout DEVICE_TABLE = table("device-directory-entry", "Pointer to a lower device directory", "section 2.1.1");
    public static final StructureLayout PROCESS_TABLE = table("process-directory-entry", "Pointer to a lower process directory", "section 2.2.1");
    public static final StructureLayout DEVICE = device("device-context", 256, "Device context, base format").build();
    public static final StructureLayout DEVICE_EXTENDED = device("device-context-extended", 512, "Device context, extended format")
            .value("msiptp.PPN", 299, 256, "page of the MSI page table")
            .reserved(315, 300)
            .value("msiptp.MODE", 319, 316, "MSI page table", Map.of(0L, "Off", 1L, "Flat"))
            .value("msi_addr_mask", 371, 320, "bits of the guest page that number an interrupt file")
            .reserved(383, 372)
            .value("msi_addr_pattern", 435, 384, "guest pages of interrupt files, in the other bits")
            .reserved(511, 436)
            .build();
    public static final StructureLayout PROCESS = Riscv.structure("process-context", 128, "Process context: one address space of a device", "section 2.2.2")
            .flag("V", 0, "valid")
            .flag("ENS", 1, "accesses with supervisor privilege are allowed")
            .flag("SUM", 2, "they may use user pages")
            .reserved(11, 3)
            .value("PSCID", 31, 12, "address space id")
            .reserved(63, 32)
            .value("fsc.PPN", 107, 64, "page of the first-stage root table")
            .reserved(123, 108)
            .value("fsc.MODE", 127, 124, "first stage", FIRST)
            .build();
    public static final StructureLayout MSI = Riscv.structure("msi-pte", 128, "MSI page table entry; the second half counts in mode 1 only",
                    "section 2.3.3, and Advanced Interrupt Architecture, chapter 8")
            .flag("V", 0, "valid")
            .value("M", 2, 1, "mode", Map.of(1L, "to memory-resident file", 3L, "basic"))
            .value("address", 53, 3, "mode 3: page number in 53:10; mode 1: address of the file / 512 in 53:7")
            .reserved(62, 54)
            .flag("C", 63, "custom format")
            .value("NID", 73, 64, "mode 1: low bits of the notice's data")
            .value("NPPN", 117, 74, "mode 1: page that the notice is written to")
            .ignored(123, 118)
            .flag("NID10", 124, "mode 1: bit 10 of the notice's data")
            .ignored(127, 125)
            .build();

    public static final BitField VALID = field(DEVICE_TABLE, "V");
    public static final BitField NEXT = field(DEVICE_TABLE, "PPN");
    public static final BitField EN_ATS = field(DEVICE, "EN_ATS");
    public static final BitField EN_PRI = field(DEVICE, "EN_PRI");
    public static final BitField T2GPA = field(DEVICE, "T2GPA");
    public static final BitField DTF = field(DEVICE, "DTF");
    public static final BitField PDTV = field(DEVICE, "PDTV");
    public static final BitField PRPR = field(DEVICE, "PRPR");
    public static final BitField GADE = field(DEVICE, "GADE");
    public static final BitField SADE = field(DEVICE, "SADE");
    public static final BitField DPE = field(DEVICE, "DPE");
    public static final BitField SBE = field(DEVICE, "SBE");
    public static final BitField SXL = field(DEVICE, "SXL");
    public static final BitField SECOND_ROOT = field(DEVICE, "iohgatp.PPN");
    public static final BitField GSCID = field(DEVICE, "GSCID");
    public static final BitField SECOND_MODE = field(DEVICE, "iohgatp.MODE");
    public static final BitField PSCID = field(DEVICE, "PSCID");
    public static final BitField RCID = field(DEVICE, "RCID");
    public static final BitField MCID = field(DEVICE, "MCID");
    public static final BitField FIRST_ROOT = field(DEVICE, "fsc.PPN");
    public static final BitField FIRST_MODE = field(DEVICE, "fsc.MODE");
    public static final BitField MSI_ROOT = field(DEVICE_EXTENDED, "msiptp.PPN");
    public static final BitField MSI_MODE = field(DEVICE_EXTENDED, "msiptp.MODE");
    public static final BitField MSI_MASK = field(DEVICE_EXTENDED, "msi_addr_mask");
    public static final BitField MSI_PATTERN = field(DEVICE_EXTENDED, "msi_addr_pattern");
    public static final BitField PROCESS_PSCID = field(PROCESS, "PSCID");
    public static final BitField PROCESS_ROOT = field(PROCESS, "fsc.PPN");
    public static final BitField PROCESS_MODE = field(PROCESS, "fsc.MODE");
    public static final BitField MSI_KIND = field(MSI, "M");
    public static final BitField MSI_CUSTOM = field(MSI, "C");

    private DirectoryEntries() {
    }

    private static StructureLayout table(String name, String title, String clause) {
        return Riscv.structure(name, 64, title, clause).flag("V", 0, "valid").reserved(9, 1).value("PPN", 53, 10, "page of the table").reserved(63, 54).build();
    }

    private static LayoutBuilder device(String name, int bits, String title) {
        return Riscv.structure(name, bits, title, "section 2.1.3")
                .flag("V", 0, "valid")
                .flag("EN_ATS", 1, "address translation services")
                .flag("EN_PRI", 2, "page requests")
                .flag("T2GPA", 3, "translation requests are answered with guest addresses")
                .flag("DTF", 4, "translation faults are not recorded")
                .flag("PDTV", 5, "fsc names a process directory")
                .flag("PRPR", 6, "page request responses carry the process id")
                .flag("GADE", 7, "hardware updates A and D of the second stage")
                .flag("SADE", 8, "hardware updates A and D of the first stage")
                .flag("DPE", 9, "accesses without process id use process 0")
                .flag("SBE", 10, "process directory and first stage are big-endian")
                .flag("SXL", 11, "32-bit schemes")
                .reserved(23, 12)
                .ignored(31, 24)
                .reserved(63, 32)
                .value("iohgatp.PPN", 107, 64, "page of the second-stage root table")
                .value("GSCID", 123, 108, "virtual machine id")
                .value("iohgatp.MODE", 127, 124, "second stage", SECOND)
                .reserved(139, 128)
                .value("PSCID", 159, 140, "address space id")
                .reserved(167, 160)
                .value("RCID", 179, 168, "resource control id")
                .value("MCID", 191, 180, "monitoring counter id")
                .value("fsc.PPN", 235, 192, "page of the first-stage root table or of the process directory")
                .reserved(251, 236)
                .value("fsc.MODE", 255, 252, "first stage, or levels of the process directory",
                        Map.of(0L, "Bare", 1L, "PD8", 2L, "PD17", 3L, "PD20", 8L, "Sv39", 9L, "Sv48", 10L, "Sv57"));
    }
}
