// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.HashMap;
import java.util.Map;

import org.sluice.api.Fault;

/** Every event of the architecture (section 7.3) with its number, and the abort that leaves no event. */
public enum SmmuEvent {
    ABORT(Fault.NO_CODE, "the transaction is aborted and no event is recorded: the stream or the unit is configured so"),
    F_UUT(0x01, "unsupported upstream transaction"),
    C_BAD_STREAMID(0x02, "the StreamID lies outside the stream table"),
    F_STE_FETCH(0x03, "the stream table entry cannot be read"),
    C_BAD_STE(0x04, "the stream table entry is invalid or illegal"),
    F_BAD_ATS_TREQ(0x05, "an ATS translation request that the stream does not allow"),
    F_STREAM_DISABLED(0x06, "the stream does not take transactions without SubstreamID, or substream 0 explicitly"),
    F_TRANSL_FORBIDDEN(0x07, "an already translated transaction that the stream does not allow"),
    C_BAD_SUBSTREAMID(0x08, "the SubstreamID lies outside the context descriptor table, or the stream has no substreams"),
    F_CD_FETCH(0x09, "the context descriptor cannot be read"),
    C_BAD_CD(0x0a, "the context descriptor is invalid or illegal"),
    F_WALK_EABT(0x0b, "a translation table cannot be read"),
    F_TRANSLATION(0x10, "a translation table maps nothing at this address"),
    F_ADDR_SIZE(0x11, "an address is wider than configured"),
    F_ACCESS(0x12, "the access flag of the page is 0"),
    F_PERMISSION(0x13, "the page does not permit the access"),
    F_TLB_CONFLICT(0x20, "two cached translations match the address"),
    F_CFG_CONFLICT(0x21, "two cached configurations match the stream"),
    E_PAGE_REQUEST(0x24, "a hint that a page may soon be wanted"),
    F_VMS_FETCH(0x25, "the virtual machine structure cannot be read");

    private static final int IMPLEMENTATION_FIRST = 0xe0;
    private static final int IMPLEMENTATION_LAST = 0xef;
    private static final SmmuEvent[] BY_CODE = new SmmuEvent[256];

    static {
        for (SmmuEvent event : values()) {
            if (event.code >= 0) {
                BY_CODE[event.code] = event;
            }
        }
    }

    private final int code;
    private final Fault fault;

    SmmuEvent(int code, String meaning) {
        this.code = code;
        String clause = code < 0 ? "section 5.2 (STE.Config) and section 6.3 (GBPA)" : String.format("section 7.3, event 0x%02X", code);
        this.fault = new Fault(name(), code, meaning, Smmu.SPECIFICATION + clause);
    }

    /** The event with that number as a fault, whatever the number. */
    public static Fault fault(int code) {
        if (code >= 0 && code < BY_CODE.length && BY_CODE[code] != null) {
            return BY_CODE[code].fault;
        }
        boolean own = code >= IMPLEMENTATION_FIRST && code <= IMPLEMENTATION_LAST;
        return new Fault(own ? "IMPDEF_EVENT" : "RESERVED_EVENT", code, own ? "an event that the implementation defines"
                : "a number that the architecture does not define", Smmu.SPECIFICATION + "section 7.3");
    }

    /** The event with that number, or null. */
    public static SmmuEvent of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** Names by number, for layouts. */
    static Map<Long, String> names() {
        Map<Long, String> names = new HashMap<>();
        for (SmmuEvent event : values()) {
            if (event.code >= 0) {
                names.put((long) event.code, event.name());
            }
        }
        return names;
    }

    /** The event's number, or {@link Fault#NO_CODE}. */
    public int code() {
        return code;
    }

    public Fault fault() {
        return fault;
    }

    /** Whether CD.R or STE.S2R decides if it is recorded (section 7.3: the faults of a translation). */
    public boolean recordedOnRequest() {
        return this == F_TRANSLATION || this == F_ADDR_SIZE || this == F_ACCESS || this == F_PERMISSION;
    }
}
