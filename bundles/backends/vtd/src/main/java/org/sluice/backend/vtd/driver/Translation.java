// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

/**
 * What an entry of the structures says of requests: which tables translate them. Immutable.
 *
 * @param root of the tables; 0 for pass-through
 * @param levels of the tables; for pass-through the most that the unit has
 * @param dirty whether second-stage accessed and dirty bits are to be written
 * @param user nested: the third word of a PASID table entry, which says what the user's first stage is; else 0
 */
record Translation(Kind kind, int domain, long root, int levels, boolean dirty, long user) {
    enum Kind { PASS_THROUGH, SECOND_STAGE, FIRST_STAGE, NESTED }

    Translation(Kind kind, int domain, long root, int levels, boolean dirty) {
        this(kind, domain, root, levels, dirty, 0);
    }

    /** A user's first stage over this second stage. */
    Translation under(int userDomain, long userWord) {
        return new Translation(Kind.NESTED, userDomain, root, levels, dirty, userWord);
    }

    Translation dirty(boolean on) {
        return new Translation(kind, domain, root, levels, on, user);
    }

    /** Width of second-stage tables as entries code it. */
    long width() {
        return levels - 2;
    }
}
