// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

/**
 * Which unit serves a device.
 *
 * @param unit name of the unit; null unless {@link Kind#SERVED}
 * @param requesterId id that the unit sees, or -1 if it is not known
 * @param text for {@link Kind#UNKNOWN}: one line on what is missing; else empty
 */
public record Assignment(Kind kind, String unit, long requesterId, String text) {
    /** How much is known. */
    public enum Kind { SERVED, NOT_SERVED, UNKNOWN }

    static final Assignment NONE = new Assignment(Kind.NOT_SERVED, null, -1, "");

    static Assignment served(String unit, long requesterId) {
        return new Assignment(Kind.SERVED, unit, requesterId, "");
    }

    static Assignment unknown(String text) {
        return new Assignment(Kind.UNKNOWN, null, -1, text);
    }
}
