// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.Register.Condition;

/** What the unit tells software: fault status and records, event messages. */
public final class EventRegisters {
    private static final String CHAPTER = "register descriptions, ";

    private static final StructureLayout FSTS_LAYOUT = Vtd.structure("FSTS", 32, "Fault status", CHAPTER + "FSTS_REG")
            .flag("PFO", 0, "a fault was lost for want of a free record")
            .flag("PPF", 1, "a record holds a fault")
            .flag("AFO", 2, "the advanced fault log overflowed")
            .flag("APF", 3, "the advanced fault log holds a fault")
            .flag("IQE", 4, "the invalidation queue stopped at an error")
            .flag("ICE", 5, "an invalidation completion was unexpected")
            .flag("ITE", 6, "a device did not answer an invalidation in time")
            .flag("PRO", 7, "page requests overflowed (early revisions)")
            .value("FRI", 15, 8, "record that set PPF")
            .reserved(31, 16)
            .build();

    /** A fault record as it stands in FRCD registers: section 9.9 of early revisions, FRCD_REG since. */
    public static final StructureLayout FAULT_RECORD = Vtd.structure("fault-record", 128, "Fault record", CHAPTER + "FRCD_REG")
            .reserved(11, 0)
            .address("FI", 63, 12, "page of the address; for interrupts the index in bits 63:48")
            .value("SID", 79, 64, "source id")
            .reserved(91, 80)
            .flag("T2", 92, "with T1: 00 write, 01 page request, 10 read, 11 atomic")
            .flag("PRIV", 93, "the request was privileged")
            .flag("EXE", 94, "the request was for execution")
            .flag("PP", 95, "PV is valid")
            .value("FR", 103, 96, "fault reason", FaultReason.names())
            .value("PV", 123, 104, "PASID")
            .value("AT", 125, 124, "kind of request", Map.of(0L, "untranslated", 1L, "translation request", 2L, "translated"))
            .flag("T1", 126, "0 write, 1 read")
            .flag("F", 127, "the record is valid")
            .build();

    private static final StructureLayout ICS_LAYOUT = Vtd.structure("ICS", 32, "Invalidation completion status", CHAPTER + "ICS_REG")
            .flag("IWC", 0, "a wait descriptor with IF is done")
            .reserved(31, 1)
            .build();

    private static final StructureLayout PRS_LAYOUT = Vtd.structure("PRS", 32, "Page request status", CHAPTER + "PRS_REG")
            .flag("PPR", 0, "page requests are waiting")
            .flag("PRO", 1, "the page request queue overflowed")
            .reserved(31, 2)
            .build();

    public static final Register FSTS = Register.of(0x34, FSTS_LAYOUT);
    public static final Register ICS = Register.of(0x9c, ICS_LAYOUT, CapabilityRegisters.WITH_QI);
    public static final Register PRS = Register.of(0xdc, PRS_LAYOUT, CapabilityRegisters.WITH_PRS);

    public static final BitField FAULT_INFO = field(FAULT_RECORD, "FI");
    public static final BitField FAULT_SOURCE = field(FAULT_RECORD, "SID");
    public static final BitField FAULT_TYPE_LOW = field(FAULT_RECORD, "T2");
    public static final BitField FAULT_EXECUTE = field(FAULT_RECORD, "EXE");
    public static final BitField FAULT_PASID_VALID = field(FAULT_RECORD, "PP");
    public static final BitField FAULT_REASON = field(FAULT_RECORD, "FR");
    public static final BitField FAULT_PASID = field(FAULT_RECORD, "PV");
    public static final BitField FAULT_TYPE_HIGH = field(FAULT_RECORD, "T1");
    public static final BitField FAULT_VALID = field(FAULT_RECORD, "F");

    public static final BitField FAULT_KIND = field(FAULT_RECORD, "AT");
    public static final BitField REQUESTS_PENDING = field(PRS_LAYOUT, "PPR");
    public static final BitField REQUESTS_LOST = field(PRS_LAYOUT, "PRO");
    public static final BitField OVERFLOW = field(FSTS_LAYOUT, "PFO");
    public static final BitField QUEUE_STOPPED = field(FSTS_LAYOUT, "IQE");

    private EventRegisters() {
    }

    /** The four registers of one event message: control at {@code offset}, then data, address, upper address. */
    static List<Register> event(String prefix, String title, int offset, Condition onlyWith) {
        StructureLayout control = Vtd.structure(prefix + "CTL", 32, title + " event control", CHAPTER + prefix + "CTL_REG")
                .reserved(29, 0)
                .flag("IP", 30, "a message is held back")
                .flag("IM", 31, "messages are masked")
                .build();
        return List.of(Register.of(offset, control, onlyWith),
                Register.of(offset + 4, ControlRegisters.word(prefix + "DATA", 32, title + " event data"), onlyWith),
                Register.of(offset + 8, ControlRegisters.word(prefix + "ADDR", 32, title + " event address"), onlyWith),
                Register.of(offset + 12, ControlRegisters.word(prefix + "UADDR", 32, title + " event address, upper half"), onlyWith));
    }
}
