// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

/**
 * What an entry of the structures says of requests: which tables translate them. Immutable.
 *
 * @param root of the tables; 0 for pass-through
 * @param levels of the tables; for pass-through the most that the unit has
 * @param dirty whether second-stage accessed and dirty bits are to be written
 */
record Translation(Kind kind, int domain, long root, int levels, boolean dirty) {
    enum Kind { PASS_THROUGH, SECOND_STAGE, FIRST_STAGE }

    /** Width of second-stage tables as entries code it. */
    long width() {
        return levels - 2;
    }
}
