// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.sluice.machine.AddressRange;

/**
 * Why something was not done; nothing has changed.
 *
 * @param range addresses concerned, or null; of two owners their overlap
 * @param asked who wanted it, or null
 * @param present who has it, or null
 * @param text one line for people: what and why, with the numbers
 * @param waysOut what would help, each in a few words; may be empty
 */
public record Refusal(Rule rule, AddressRange range, OwnedRange asked, OwnedRange present, String text, List<String> waysOut) {
    /** What it breaks. */
    public enum Rule {
        /** Another owner has it. */
        OVERLAP,
        /** An end of the range cuts a mapping. */
        CUTS_MAPPING,
        /** Nothing is there. */
        NOT_FOUND,
        /** The unit has no tables: it translates nothing. */
        NO_TABLES,
        /** Sizes or addresses are not multiples of the unit's smallest page. */
        PAGE_SIZE,
        /** Outside of what tables of the unit can cover. */
        APERTURE,
        /** The output address is wider than the unit's. */
        OUTPUT_WIDTH,
        /** The unit's tables cannot say such a permission. */
        PERMISSION,
        /** The unit's tables cannot say such a memory type. */
        MEMORY_TYPE,
        /** A mapping lies where messages go. */
        MESSAGE_WINDOW,
        /** A device could raise interrupts of others. */
        ISOLATION,
        /** The unit has no, or not so many, process address spaces. */
        PASID,
        /** The unit cannot record writes. */
        DIRTY_TRACKING,
        /** The unit cannot lay a user's table over a parent, not one of that kind, or the space is no parent. */
        STAGES,
        /** The unit cannot let addresses pass unchanged. */
        PASS_THROUGH,
        /** A limit on memory, pins or entries. */
        LIMIT,
        /** No free range of that size. */
        NO_SPACE,
        /** In use. */
        BUSY,
        /** There is already one. */
        EXISTS,
        /** A backend is not there, lacks a half, or failed. */
        BACKEND,
        /** It took longer than allowed. */
        DEADLINE,
        /** Whoever asked for it was interrupted. */
        INTERRUPTED,
        /** A device or guest did not agree. */
        REFUSED_BY_DEVICE,
        /** An argument makes no sense. */
        INVALID
    }

    public Refusal {
        waysOut = List.copyOf(waysOut);
    }

    /** A refusal that is not about two owners. */
    public static Refusal of(Rule rule, AddressRange range, String text, String... waysOut) {
        return new Refusal(rule, range, null, null, text, List.of(waysOut));
    }

    /** Text and ways out in one line. */
    public String line() {
        return waysOut.isEmpty() ? text : text + "; " + String.join(", or ", waysOut);
    }
}
