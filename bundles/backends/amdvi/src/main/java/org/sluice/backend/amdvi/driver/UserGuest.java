// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.List;

import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.lookup.UnitState;

/**
 * Guest tables as their user says them in a device table entry (section 2.2.2.1): where the table of their roots lies, how deep it and they are,
 * and whether requests without PASID use them. Without V or GV requests pass on to the host table, with V and without TV nothing passes. The
 * user's HAD is about a host table of its own, which it has not. Immutable.
 *
 * @param table whose words these are
 * @param first GIoV, GV, GLX and the lowest piece of the root
 * @param second the other pieces of the root
 * @param paging of the third word, the depth of guest tables
 */
record UserGuest(UserTable table, Kind kind, long first, long second, long paging) {
    /** What becomes of requests. */
    enum Kind { BLOCKED, HOST_ONLY, NESTED }

    /** V, TV, HAD, PPR, GPRP, GIoV, GV, GLX and the pieces of the root; depth of guest tables. */
    static final UserFormat FORMAT = new UserFormat(UserTable.AMDVI, "AMD guest device table entry", DeviceTableEntry.BYTES, List.of(
            DeviceTableEntry.VALID.put(-1) | DeviceTableEntry.TRANSLATION_VALID.put(-1) | DeviceTableEntry.ACCESSED_DIRTY.put(-1)
                    | DeviceTableEntry.PAGE_REQUESTS.put(-1) | DeviceTableEntry.RESPONSE_PASID.put(-1) | DeviceTableEntry.GUEST_WITHOUT_PASID.put(-1)
                    | DeviceTableEntry.GUEST_VALID.put(-1) | DeviceTableEntry.GUEST_LEVELS.put(-1) | DeviceTableEntry.GCR3_LOW.put(-1),
            DeviceTableEntry.GCR3_MIDDLE.put(-1) | DeviceTableEntry.GCR3_HIGH.put(-1), DeviceTableEntry.GUEST_PAGING.put(-1), 0L));
    private static final long ROOT = DeviceTableEntry.GUEST_WITHOUT_PASID.put(-1) | DeviceTableEntry.GUEST_VALID.put(-1) | DeviceTableEntry.GUEST_LEVELS.put(-1)
            | DeviceTableEntry.GCR3_LOW.put(-1);

    /** The user's words, checked against the unit as it would check the entry. */
    static UserGuest of(UserTable table, UnitState unit) {
        long[] words = FORMAT.words(table.type(), table.bytes());
        if (DeviceTableEntry.PAGE_REQUESTS.get(words[0]) != 0) {
            throw refused("PPR=1: nobody would answer page requests");
        }
        if (DeviceTableEntry.ACCESSED_DIRTY.get(words[0]) == DeviceTableEntry.HAD_RESERVED) {
            throw refused("HAD=2 is reserved");
        }
        boolean valid = DeviceTableEntry.VALID.get(words[0]) != 0;
        if (valid && DeviceTableEntry.TRANSLATION_VALID.get(words[0]) == 0) {
            return new UserGuest(table, Kind.BLOCKED, 0, 0, 0);
        }
        if (!valid || DeviceTableEntry.GUEST_VALID.get(words[0]) == 0) {
            return new UserGuest(table, Kind.HOST_ONLY, 0, 0, 0);
        }
        long glx = DeviceTableEntry.GUEST_LEVELS.get(words[0]);
        long paging = DeviceTableEntry.GUEST_PAGING.get(words[2]);
        if (glx == DeviceTableEntry.GLX_RESERVED || glx + 1 > unit.gcr3Levels()) {
            throw refused("GLX=" + glx + ", but the unit has GCR3 tables of " + unit.gcr3Levels() + " levels (EFR.GLXSup)");
        }
        if (paging > DeviceTableEntry.GUEST_FIVE_LEVELS || AmdViFormats.MIN_GUEST_LEVELS + paging > unit.guestLevels()) {
            throw refused("guest paging mode " + paging + ", but the unit has guest tables of " + unit.guestLevels() + " levels (EFR.GATS)");
        }
        if (DeviceTableEntry.GUEST_WITHOUT_PASID.get(words[0]) != 0 && unit.feature(ControlRegisters.GUEST_WITHOUT_PASID) == 0) {
            throw refused("GIoV=1, but requests without PASID have no guest tables here (EFR.GIoSup)");
        }
        return new UserGuest(table, Kind.NESTED, words[0] & ROOT, words[1], words[2]);
    }

    private static RefusedException refused(String text) {
        return new RefusedException(Refusal.of(Rule.INVALID, null, FORMAT.name() + ": " + text));
    }
}
