// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.Permissions;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Event records (section 7.3) and page request records (section 8.1): which layout an event has, and how one is written. */
public final class EventRecord {
    public static final int BYTES = 32;
    /** CLASS: what the input of a failing stage-2 translation was. */
    public static final int CLASS_CD = 0;
    public static final int CLASS_TT = 1;
    public static final int CLASS_IN = 2;

    /** Configuration events: the stream is all that matters. */
    public static final StructureLayout CONFIGURATION = head("event-configuration", "Event of a stream's configuration")
            .ignored(255, 64)
            .build();

    /** Fetch events: the address that could not be read. */
    public static final StructureLayout FETCH = head("event-fetch", "Event of a structure that cannot be read")
            .ignored(194, 64)
            .address("FetchAddr", 247, 195, "address of the structure")
            .ignored(255, 248)
            .build();

    /** Events of a translation. */
    public static final StructureLayout TRANSLATION = head("event-translation", "Event of a translation")
            .value("STAG", 79, 64, "stall tag")
            .ignored(94, 80)
            .flag("Stall", 95, "the transaction waits for a RESUME command")
            .ignored(96, 96)
            .flag("PnU", 97, "privileged")
            .flag("InD", 98, "instruction")
            .value("RnW", 99, 99, "direction", Map.of(0L, "write", 1L, "read"))
            .ignored(101, 100)
            .flag("NSIPA", 102, "security state of the intermediate address")
            .flag("S2", 103, "found by stage 2")
            .value("CLASS", 105, 104, "what was translated", Map.of(0L, "CD", 1L, "TT", 2L, "IN", 3L, "reserved"))
            .ignored(107, 106)
            .flag("TTRnW", 108, "direction of the walk's own access")
            .ignored(127, 109)
            .value("InputAddr", 191, 128, "address of the transaction")
            .ignored(203, 192)
            .address("IPA", 243, 204, "intermediate address, or with F_WALK_EABT the address fetched")
            .ignored(255, 244)
            .build();

    /** An ATS translation request that was refused. */
    public static final StructureLayout ATS_REQUEST = head("event-ats-request", "Event of a refused ATS translation request")
            .value("Span", 67, 64, "log2 of 4 KiB pages asked for")
            .ignored(91, 68)
            .flag("P", 92, "privileged").flag("X", 93, "execute").flag("W", 94, "write").flag("R", 95, "read")
            .ignored(139, 96)
            .address("InputAddr", 191, 140, "address asked for")
            .ignored(255, 192)
            .build();

    /** A page request (PRI queue entry). */
    public static final StructureLayout PAGE_REQUEST = Smmu.structure("page-request", 128, "Page request queue entry", "section 8.1")
            .value("SID", 31, 0, "StreamID")
            .value("SSID", 51, 32, "SubstreamID")
            .ignored(57, 52)
            .flag("priv", 58, "privileged").flag("exec", 59, "execute").flag("read", 60, "read").flag("write", 61, "write")
            .flag("Last", 62, "last of its group")
            .flag("SSV", 63, "SubstreamID valid")
            .value("PRGIndex", 72, 64, "page request group")
            .ignored(75, 73)
            .address("address", 127, 76, "page asked for")
            .build();

    public static final BitField TYPE = field(TRANSLATION, "type");
    public static final BitField SSV = field(TRANSLATION, "SSV");
    public static final BitField SSID = field(TRANSLATION, "SSID");
    public static final BitField SID = field(TRANSLATION, "SID");
    public static final BitField STALL_TAG = field(TRANSLATION, "STAG");
    public static final BitField STALL = field(TRANSLATION, "Stall");
    public static final BitField PRIVILEGED = field(TRANSLATION, "PnU");
    public static final BitField INSTRUCTION = field(TRANSLATION, "InD");
    public static final BitField READ = field(TRANSLATION, "RnW");
    public static final BitField STAGE_2 = field(TRANSLATION, "S2");
    public static final BitField CLASS = field(TRANSLATION, "CLASS");
    public static final BitField WALK_READ = field(TRANSLATION, "TTRnW");
    public static final BitField INPUT = field(TRANSLATION, "InputAddr");
    public static final BitField IPA = field(TRANSLATION, "IPA");
    public static final BitField FETCH_ADDRESS = field(FETCH, "FetchAddr");

    /** Fields of {@link #PAGE_REQUEST}. */
    public static final BitField REQUEST_SID = field(PAGE_REQUEST, "SID");
    public static final BitField REQUEST_SSID = field(PAGE_REQUEST, "SSID");
    public static final BitField REQUEST_SSV = field(PAGE_REQUEST, "SSV");
    public static final BitField REQUEST_READ = field(PAGE_REQUEST, "read");
    public static final BitField REQUEST_WRITE = field(PAGE_REQUEST, "write");
    public static final BitField REQUEST_EXECUTE = field(PAGE_REQUEST, "exec");
    public static final BitField REQUEST_LAST = field(PAGE_REQUEST, "Last");
    public static final BitField REQUEST_GROUP = field(PAGE_REQUEST, "PRGIndex");
    public static final BitField REQUEST_ADDRESS = field(PAGE_REQUEST, "address");
    /** Fields of {@link #ATS_REQUEST}. */
    public static final BitField ATS_READ = field(ATS_REQUEST, "R");
    public static final BitField ATS_WRITE = field(ATS_REQUEST, "W");
    public static final BitField ATS_EXECUTE = field(ATS_REQUEST, "X");
    public static final BitField ATS_ADDRESS = field(ATS_REQUEST, "InputAddr");

    private EventRecord() {
    }

    /** The layout of the record whose type is {@code code}. */
    public static StructureLayout of(int code) {
        SmmuEvent event = SmmuEvent.of(code);
        if (event == null) {
            return CONFIGURATION;
        }
        return switch (event) {
            case F_UUT, F_TRANSL_FORBIDDEN, F_WALK_EABT, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION, F_TLB_CONFLICT, E_PAGE_REQUEST -> TRANSLATION;
            case F_STE_FETCH, F_CD_FETCH, F_VMS_FETCH -> FETCH;
            case F_BAD_ATS_TREQ -> ATS_REQUEST;
            default -> CONFIGURATION;
        };
    }

    /**
     * What was being read or reached when a transaction was refused.
     *
     * @param cls one of the classes
     * @param other intermediate address of a stage-2 fault, or the address that could not be fetched
     */
    public record Subject(boolean stage2, int cls, long other) {
        /** The transaction's own address, at stage 1. */
        public static final Subject INPUT = new Subject(false, CLASS_IN, 0);
        /** Nothing of that: the event tells of no walk. */
        public static final Subject NONE = new Subject(false, 0, 0);
    }

    /**
     * A record as the unit writes it, 64 bits a word, lowest first; fields that the event's layout does not have stay 0.
     *
     * @param substream SubstreamID, or negative if the transaction has none
     * @param access permission asked for, one bit of {@link Permissions}
     * @param address input address of the transaction
     */
    public static long[] write(SmmuEvent event, int streamId, int substream, long address, int access, Subject subject) {
        long[] words = new long[4];
        words[0] = TYPE.put(event.code()) | SID.put(streamId) | (substream < 0 ? 0 : SSV.put(1) | SSID.put(substream));
        StructureLayout layout = of(event.code());
        if (layout == TRANSLATION) {
            words[1] = READ.put(access == Permissions.WRITE ? 0 : 1) | INSTRUCTION.put(access == Permissions.EXECUTE ? 1 : 0)
                    | STAGE_2.put(subject.stage2 ? 1 : 0) | CLASS.put(subject.cls)
                    | WALK_READ.put(event == SmmuEvent.F_PERMISSION && subject.stage2 && subject.cls == CLASS_TT ? 1 : 0);
            words[2] = address;
            words[3] = event == SmmuEvent.F_WALK_EABT ? FETCH_ADDRESS.address(subject.other) : subject.stage2 ? IPA.address(subject.other) : 0;
        } else if (layout == FETCH) {
            words[3] = FETCH_ADDRESS.address(subject.other);
        }
        return words;
    }

    private static LayoutBuilder head(String name, String title) {
        return Smmu.structure(name, 256, title, "section 7.3")
                .value("type", 7, 0, "event number", SmmuEvent.names())
                .ignored(10, 8)
                .flag("SSV", 11, "SubstreamID valid")
                .value("SSID", 31, 12, "SubstreamID")
                .value("SID", 63, 32, "StreamID");
    }
}
