// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import static org.sluice.backend.riscv.layout.Riscv.field;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.kit.register.Register;
import org.sluice.machine.RegisterPort;

/** The registers of a unit (chapter 5); performance counters are not among them. */
public final class Registers {
    public static final Register CAPABILITIES = Register.of(0x00, register("capabilities", 64, "What the unit can do")
            .value("version", 7, 0, "0x10 is 1.0").flag("Sv32", 8, "first stage Sv32").flag("Sv39", 9, "first stage Sv39")
            .flag("Sv48", 10, "first stage Sv48").flag("Sv57", 11, "first stage Sv57").reserved(13, 12)
            .flag("Svrsw60t59b", 14, "bits 60:59 of page table entries are free").flag("Svpbmt", 15, "memory types in page table entries")
            .flag("Sv32x4", 16, "second stage Sv32x4").flag("Sv39x4", 17, "second stage Sv39x4").flag("Sv48x4", 18, "second stage Sv48x4")
            .flag("Sv57x4", 19, "second stage Sv57x4").reserved(20, 20).flag("AMO_MRIF", 21, "atomic updates of interrupt files")
            .flag("MSI_FLAT", 22, "MSI page tables; device contexts have the extended format").flag("MSI_MRIF", 23, "interrupt files in memory")
            .flag("AMO_HWAD", 24, "hardware updates A and D").flag("ATS", 25, "address translation services and page requests")
            .flag("T2GPA", 26, "translation requests may be answered with guest addresses").flag("END", 27, "both byte orders")
            .value("IGS", 29, 28, "the unit's own interrupts", Map.of(0L, "MSI", 1L, "WSI", 2L, "both")).flag("HPM", 30, "performance monitor")
            .flag("DBG", 31, "translation requests through registers").value("PAS", 37, 32, "bits of physical addresses").flag("PD8", 38, "8-bit process ids")
            .flag("PD17", 39, "17-bit process ids").flag("PD20", 40, "20-bit process ids").flag("QOSID", 41, "quality of service ids")
            .flag("NL", 42, "invalidation of non-leaf entries").flag("S", 43, "invalidation of address ranges").reserved(55, 44).ignored(63, 56).build());
    public static final Register FEATURES = Register.of(0x08, register("fctl", 32, "Features in use").flag("BE", 0, "structures in memory are big-endian")
            .flag("WSI", 1, "wired interrupts").flag("GXL", 2, "32-bit second stage").reserved(15, 3).ignored(31, 16).build());
    public static final Register DIRECTORY = Register.of(0x10, register("ddtp", 64, "Device directory")
            .value("iommu_mode", 3, 0, "mode", Map.of(0L, "Off", 1L, "Bare", 2L, "1LVL", 3L, "2LVL", 4L, "3LVL")).flag("busy", 4, "a write is under way")
            .reserved(9, 5).value("PPN", 53, 10, "page of the root directory").reserved(63, 54).build());
    public static final Register COMMAND_BASE = Register.of(0x18, base("cqb", "Command queue"));
    public static final Register COMMAND_HEAD = Register.of(0x20, index("cqh", "Next command for the unit"));
    public static final Register COMMAND_TAIL = Register.of(0x24, index("cqt", "Next command from software"));
    public static final Register FAULT_BASE = Register.of(0x28, base("fqb", "Fault queue"));
    public static final Register FAULT_HEAD = Register.of(0x30, index("fqh", "Next record for software"));
    public static final Register FAULT_TAIL = Register.of(0x34, index("fqt", "Next record from the unit"));
    public static final Register REQUEST_BASE = Register.of(0x38, base("pqb", "Page request queue"));
    public static final Register REQUEST_HEAD = Register.of(0x40, index("pqh", "Next request for software"));
    public static final Register REQUEST_TAIL = Register.of(0x44, index("pqt", "Next request from the unit"));

    public static final List<Register> ALL = all();

    public static final BitField MODE = field(DIRECTORY.layout(), "iommu_mode");
    public static final BitField DIRECTORY_PAGE = field(DIRECTORY.layout(), "PPN");
    public static final BitField QUEUE_SIZE = field(COMMAND_BASE.layout(), "LOG2SZ-1");
    public static final BitField QUEUE_PAGE = field(COMMAND_BASE.layout(), "PPN");

    private Registers() {
    }

    /** The content of a register, or null if it is not known. */
    public static Long read(Register register, RegisterPort port) {
        List<Long> words = register.value(port).words();
        return words.isEmpty() ? null : words.get(0);
    }

    /** A flag or field of the capabilities, by the specification's name. */
    public static BitField capability(String name) {
        return field(CAPABILITIES.layout(), name);
    }

    public static BitField feature(String name) {
        return field(FEATURES.layout(), name);
    }

    private static List<Register> all() {
        List<Register> list = new ArrayList<>(List.of(CAPABILITIES, FEATURES, DIRECTORY, COMMAND_BASE, COMMAND_HEAD, COMMAND_TAIL, FAULT_BASE,
                FAULT_HEAD, FAULT_TAIL, REQUEST_BASE, REQUEST_HEAD, REQUEST_TAIL));
        list.add(Register.of(0x48, control("cqcsr", "Command queue control", "cq").flag("cmd_to", 9, "a command timed out")
                .flag("cmd_ill", 10, "a command is illegal").flag("fence_w_ip", 11, "a fence asked for a wired interrupt").reserved(15, 12).build()));
        list.add(Register.of(0x4c, control("fqcsr", "Fault queue control", "fq").flag("fqof", 9, "records were lost").reserved(15, 10).build()));
        list.add(Register.of(0x50, control("pqcsr", "Page request queue control", "pq").flag("pqof", 9, "requests were lost").reserved(15, 10).build()));
        list.add(Register.of(0x54, register("ipsr", 32, "Interrupts pending").flag("cip", 0, "command queue").flag("fip", 1, "fault queue")
                .flag("pmip", 2, "performance monitor").flag("pip", 3, "page request queue").reserved(31, 4).build()));
        list.add(Register.of(0x258, register("tr_req_iova", 64, "Address of a translation on request").reserved(11, 0).value("vpn", 63, 12, "page number").build()));
        list.add(Register.of(0x260, register("tr_req_ctl", 64, "Translation on request").flag("Go/Busy", 0, "under way").flag("Priv", 1, "with privilege")
                .flag("Exe", 2, "to execute").flag("NW", 3, "not to write").reserved(11, 4).value("PID", 31, 12, "process id").flag("PV", 32, "process id valid")
                .reserved(39, 33).value("DID", 63, 40, "device id").build()));
        list.add(Register.of(0x268, register("tr_response", 64, "Answer of a translation on request").flag("fault", 0, "failed").reserved(6, 1)
                .value("PBMT", 8, 7, "memory type").flag("S", 9, "a range: the lowest clear bit of PPN tells its size").value("PPN", 53, 10, "page number").reserved(63, 54).build()));
        list.add(Register.of(0x2f8, register("icvec", 64, "Interrupt vectors by source").value("civ", 3, 0, "command queue").value("fiv", 7, 4, "fault queue")
                .value("pmiv", 11, 8, "performance monitor").value("piv", 15, 12, "page request queue").reserved(63, 16).build()));
        for (int i = 0; i < 16; i++) {
            int at = 0x300 + 16 * i;
            list.add(Register.of(at, register("msi_addr_" + i, 64, "Where vector " + i + " is written to").reserved(1, 0).address("ADDR", 55, 2, "address").reserved(63, 56).build()));
            list.add(Register.of(at + 8, register("msi_data_" + i, 32, "What is written for vector " + i).value("data", 31, 0, "data").build()));
            list.add(Register.of(at + 12, register("msi_vec_ctl_" + i, 32, "Control of vector " + i).flag("M", 0, "masked").reserved(31, 1).build()));
        }
        list.sort(Comparator.comparingInt(Register::offset));
        return List.copyOf(list);
    }

    private static LayoutBuilder register(String name, int bits, String title) {
        return Riscv.structure(name, bits, title, "chapter 5, " + name);
    }

    private static StructureLayout base(String name, String title) {
        return register(name, 64, title).value("LOG2SZ-1", 4, 0, "log2 of entries, minus 1").reserved(9, 5).value("PPN", 53, 10, "page of the queue").reserved(63, 54).build();
    }

    private static StructureLayout index(String name, String title) {
        return register(name, 32, title).value("index", 31, 0, "index").build();
    }

    private static LayoutBuilder control(String name, String title, String queue) {
        return register(name, 32, title).flag(queue + "en", 0, "switched on").flag(queue.charAt(0) + "ie", 1, "interrupts").reserved(7, 2)
                .flag(queue + "mf", 8, "the queue cannot be reached").flag(queue + "on", 16, "running").flag("busy", 17, "a write is under way")
                .reserved(27, 18).ignored(31, 28);
    }
}
