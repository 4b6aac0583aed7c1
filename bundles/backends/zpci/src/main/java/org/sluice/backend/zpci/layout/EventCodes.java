// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.api.Fault;

/**
 * PCI event codes (PEC): what a function's error event says. Names are QEMU's, numbers Linux's and QEMU's. A code below
 * {@link #AVAILABILITY} belongs to an error event, one from there on to an availability event.
 */
public final class EventCodes {
    public static final int AVAILABILITY = 0x300;

    private static final List<Fault> ALL = new ArrayList<>();

    public static final Fault INVALAS = add("INVALAS", 0x01, "no DMA address space is registered for the function", "translation, step 3");
    public static final Fault OORANGE = add("OORANGE", 0x02, "the address is outside the function's DMA range or its tables' reach",
            "translation, steps 3 and 5");
    public static final Fault INVALTF = add("INVALTF", 0x03, "invalid translation format: the anchor's designation type is not supported",
            "translation, step 4");
    public static final Fault TPROTE = add("TPROTE", 0x04, "no valid translation, or the tables forbid the write", "translation, steps 6 to 9");
    public static final Fault APROTE = add("APROTE", 0x05, "access protection", "event codes");
    public static final Fault KEYE = add("KEYE", 0x06, "the anchor's key does not match the storage key", "event codes");
    public static final Fault INVALTE = add("INVALTE", 0x07, "invalid table entry: all zero, or not readable", "translation, step 6");
    public static final Fault INVALTL = add("INVALTL", 0x08, "the entry gives the next table a length or offset that is not allowed",
            "translation, step 7");
    public static final Fault TT = add("TT", 0x09, "the entry's table type is not that of the table it stands in", "translation, steps 7 and 8");
    public static final Fault INVALMS = add("INVALMS", 0x0a, "invalid MSI: the function has no such vector", "interrupts");
    public static final Fault SERR = add("SERR", 0x0b, "store error", "event codes");
    public static final Fault NOMSI = add("NOMSI", 0x10, "a message came, but no interrupts are registered", "interrupts");
    public static final Fault INVALBV = add("INVALBV", 0x11, "invalid interrupt bit vector", "interrupts");
    public static final Fault AIBV = add("AIBV", 0x12, "the interrupt bit vector cannot be written", "interrupts");
    public static final Fault AIRERR = add("AIRERR", 0x13, "adapter interruption request error", "interrupts");
    public static final Fault FMBA = add("FMBA", 0x2a, "address of the measurement block", "event codes");
    public static final Fault FMBUP = add("FMBUP", 0x2b, "update of the measurement block", "event codes");
    public static final Fault FMBPRO = add("FMBPRO", 0x2c, "protection of the measurement block", "event codes");
    public static final Fault CCONF = add("CCONF", 0x30, "configuration conflict", "event codes");
    public static final Fault SERVAC = add("SERVAC", 0x3a, "service action", "event codes");
    public static final Fault PERMERR = add("PERMERR", 0x3b, "permanent error", "event codes");
    public static final Fault RECOVERY = add("RECOVERY", 0x40, "service action or recovery failed", "event codes");
    public static final Fault CONFIGURED = add("CONFIGURED", 0x301, "the function became configured", "availability events");
    public static final Fault TO_STANDBY = add("TO_STANDBY", 0x302, "the function went from reserved to standby", "availability events");
    public static final Fault DECONFIGURE = add("DECONFIGURE", 0x303, "the function is asked to be deconfigured", "availability events");
    public static final Fault DECONFIGURED = add("DECONFIGURED", 0x304, "the function went from configured to standby or reserved",
            "availability events");
    public static final Fault SEVERAL = add("SEVERAL", 0x306, "several functions changed", "availability events");
    public static final Fault TO_RESERVED = add("TO_RESERVED", 0x308, "the function went from standby to reserved", "availability events");

    /** The function drops the access without an event: it is not enabled, or blocked after an earlier error. */
    public static final Fault NOT_ENABLED = new Fault("NOT_ENABLED", Fault.NO_CODE, "the function is not enabled: its DMA is dropped",
            Zpci.SPECIFICATION + "translation, step 1");

    private EventCodes() {
    }

    /** By number. */
    public static List<Fault> all() {
        return List.copyOf(ALL);
    }

    /** A code that no source lists. */
    public static Fault unlisted(int code) {
        return new Fault("PEC_" + Integer.toHexString(code), code, "an event code that no public source lists", Zpci.SPECIFICATION + "event codes");
    }

    public static Optional<Fault> of(int code) {
        return ALL.stream().filter(f -> f.code() == code).findFirst();
    }

    /**
     * What is wrong with an entry that the format forbids.
     *
     * @param level of the table it stands in, counted from the leaves
     */
    public static Fault ofEntry(int level, long entry) {
        if (entry == 0 || level == 0) {
            return INVALTE;
        }
        if (TableEntry.TYPE.get(entry) != level - 1) {
            return TT;
        }
        boolean whole = TableEntry.LENGTH.get(entry) == TableEntry.FULL_LENGTH && TableEntry.OFFSET.get(entry) == 0;
        return level == 1 || whole ? INVALTE : INVALTL;
    }

    private static Fault add(String name, int code, String meaning, String clause) {
        Fault fault = new Fault(name, code, meaning, Zpci.SPECIFICATION + clause);
        ALL.add(fault);
        return fault;
    }
}
