// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.kit.register.Register;

/** What software switches on: CR0 to CR2, GBPA, interrupts, global errors, the stream table (section 6.3). */
public final class ControlRegisters {
    public static final Register CR0 = Register.of(0x020, enables("CR0", "Enables"));
    public static final Register CR0ACK = Register.of(0x024, enables("CR0ACK", "Enables that have taken effect"));
    private static final Map<Long, String> CACHEABILITY = Map.of(0L, "non-cacheable", 1L, "write-back", 2L, "write-through");
    private static final Map<Long, String> SHAREABILITY = Map.of(0L, "non-shareable", 2L, "outer", 3L, "inner");

    public static final Register CR1 = Register.of(0x028, control("CR1", 32, "Attributes of table and queue accesses")
            .value("QUEUE_IC", 1, 0, "queues, inner", CACHEABILITY).value("QUEUE_OC", 3, 2, "queues, outer", CACHEABILITY)
            .value("QUEUE_SH", 5, 4, "queues, shareability", SHAREABILITY).value("TABLE_IC", 7, 6, "tables, inner", CACHEABILITY)
            .value("TABLE_OC", 9, 8, "tables, outer", CACHEABILITY).value("TABLE_SH", 11, 10, "tables, shareability", SHAREABILITY)
            .ignored(31, 12).build());
    public static final Register CR2 = Register.of(0x02c, control("CR2", 32, "Further control")
            .flag("E2H", 0, "EL2 streams have ASIDs and two halves").flag("RECINVSID", 1, "C_BAD_STREAMID is recorded")
            .flag("PTM", 2, "TLB maintenance broadcasts are ignored").flag("REC_CFG_ATS", 3, "configuration errors of ATS requests are recorded")
            .ignored(31, 4).build());
    public static final Register STATUSR = Register.of(0x040, control("STATUSR", 32, "Status").flag("DORMANT", 0, "no cached content")
            .ignored(31, 1).build());
    public static final Register GBPA = Register.of(0x044, control("GBPA", 32, "What happens while translation is off")
            .value("MemAttr", 3, 0, "memory type").flag("MTCFG", 4, "MemAttr replaces the transaction's own").ignored(7, 5)
            .value("ALLOCCFG", 11, 8, "allocation hints")
            .value("SHCFG", 13, 12, "shareability", Map.of(0L, "non-shareable", 1L, "incoming", 2L, "outer", 3L, "inner"))
            .ignored(15, 14).value("PRIVCFG", 17, 16, "privilege").value("INSTCFG", 19, 18, "data or instruction")
            .flag("ABORT", 20, "all transactions abort").ignored(30, 21).flag("Update", 31, "an update is under way").build());
    public static final Register AGBPA = Register.of(0x048, word("AGBPA", "Implementation defined bypass attributes"));
    public static final Register IRQ_CTRL = Register.of(0x050, interrupts("IRQ_CTRL", "Interrupt enables"));
    public static final Register IRQ_CTRLACK = Register.of(0x054, interrupts("IRQ_CTRLACK", "Interrupt enables that have taken effect"));
    public static final Register GERROR = Register.of(0x060, errors("GERROR", "Global errors; one is active where GERRORN differs"));
    public static final Register GERRORN = Register.of(0x064, errors("GERRORN", "Global errors acknowledged"));
    public static final Register STRTAB_BASE = Register.of(0x080, control("STRTAB_BASE", 64, "Stream table")
            .ignored(5, 0).address("ADDR", 51, 6, "stream table, or its level 1").ignored(61, 52).flag("RA", 62, "read-allocate hint")
            .ignored(63, 63).build());
    public static final Register STRTAB_BASE_CFG = Register.of(0x088, control("STRTAB_BASE_CFG", 32, "Form of the stream table")
            .value("LOG2SIZE", 5, 0, "log2 of StreamIDs").value("SPLIT", 10, 6, "StreamID bits that level 2 resolves").ignored(15, 11)
            .value("FMT", 17, 16, "form", Map.of(0L, "linear", 1L, "two-level")).ignored(31, 18).build());

    public static final BitField SMMU_ENABLE = field(CR0.layout(), "SMMUEN");
    public static final BitField PAGE_REQUESTS_ENABLE = field(CR0.layout(), "PRIQEN");
    public static final BitField EVENTS_ENABLE = field(CR0.layout(), "EVENTQEN");
    public static final BitField COMMANDS_ENABLE = field(CR0.layout(), "CMDQEN");
    public static final BitField ATS_CHECK = field(CR0.layout(), "ATSCHK");
    public static final BitField QUEUE_INNER = field(CR1.layout(), "QUEUE_IC");
    public static final BitField QUEUE_OUTER = field(CR1.layout(), "QUEUE_OC");
    public static final BitField QUEUE_SHARE = field(CR1.layout(), "QUEUE_SH");
    public static final BitField TABLE_INNER = field(CR1.layout(), "TABLE_IC");
    public static final BitField TABLE_OUTER = field(CR1.layout(), "TABLE_OC");
    public static final BitField TABLE_SHARE = field(CR1.layout(), "TABLE_SH");
    public static final BitField EL2_HOST = field(CR2.layout(), "E2H");
    public static final BitField RECORD_BAD_STREAM = field(CR2.layout(), "RECINVSID");
    public static final BitField PRIVATE_MAINTENANCE = field(CR2.layout(), "PTM");
    public static final BitField RECORD_ATS_CONFIGURATION = field(CR2.layout(), "REC_CFG_ATS");
    public static final BitField BYPASS_UPDATE = field(GBPA.layout(), "Update");
    public static final BitField ERROR_INTERRUPT = field(IRQ_CTRL.layout(), "GERROR_IRQEN");
    public static final BitField PAGE_REQUEST_INTERRUPT = field(IRQ_CTRL.layout(), "PRIQ_IRQEN");
    public static final BitField EVENT_INTERRUPT = field(IRQ_CTRL.layout(), "EVENTQ_IRQEN");
    public static final BitField COMMAND_ERROR = field(GERROR.layout(), "CMDQ_ERR");
    public static final BitField EVENT_ABORT = field(GERROR.layout(), "EVENTQ_ABT_ERR");
    public static final BitField PAGE_REQUEST_ABORT = field(GERROR.layout(), "PRIQ_ABT_ERR");
    public static final BitField SYNC_MESSAGE_ABORT = field(GERROR.layout(), "MSI_CMDQ_ABT_ERR");
    public static final BitField EVENT_MESSAGE_ABORT = field(GERROR.layout(), "MSI_EVENTQ_ABT_ERR");
    public static final BitField PAGE_REQUEST_MESSAGE_ABORT = field(GERROR.layout(), "MSI_PRIQ_ABT_ERR");
    public static final BitField ERROR_MESSAGE_ABORT = field(GERROR.layout(), "MSI_GERROR_ABT_ERR");
    public static final BitField BYPASS_ABORT = field(GBPA.layout(), "ABORT");
    public static final BitField TABLE_ADDRESS = field(STRTAB_BASE.layout(), "ADDR");
    public static final BitField LOG2SIZE = field(STRTAB_BASE_CFG.layout(), "LOG2SIZE");
    public static final BitField SPLIT = field(STRTAB_BASE_CFG.layout(), "SPLIT");
    public static final BitField FORMAT = field(STRTAB_BASE_CFG.layout(), "FMT");

    private ControlRegisters() {
    }

    static LayoutBuilder control(String name, int bits, String title) {
        return Smmu.structure(name, bits, title, "section 6.3, SMMU_" + name);
    }

    static StructureLayout word(String name, String title) {
        return control(name, 32, title).value("value", 31, 0, "implementation defined").build();
    }

    private static StructureLayout enables(String name, String title) {
        return control(name, 32, title).flag("SMMUEN", 0, "translation").flag("PRIQEN", 1, "page request queue").flag("EVENTQEN", 2, "event queue")
                .flag("CMDQEN", 3, "command queue").flag("ATSCHK", 4, "translated transactions are checked").ignored(5, 5)
                .value("VMW", 8, 6, "VMID wildcard bits").ignored(9, 9).flag("DPT_WALK_EN", 10, "device permission table").ignored(31, 11).build();
    }

    private static StructureLayout interrupts(String name, String title) {
        return control(name, 32, title).flag("GERROR_IRQEN", 0, "global errors").flag("PRIQ_IRQEN", 1, "page requests")
                .flag("EVENTQ_IRQEN", 2, "events")
                .ignored(31, 3).build();
    }

    private static StructureLayout errors(String name, String title) {
        return GlobalError.fields(control(name, 32, title)).ignored(1, 1).ignored(31, 11).build();
    }
}
