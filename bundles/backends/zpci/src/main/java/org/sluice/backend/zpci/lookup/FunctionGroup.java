// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import org.sluice.api.layout.BitField;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.machine.Attributes;

/**
 * What the functions of a unit have in common. A unit has one group here.
 *
 * @param number of the group
 * @param refresh translations must be refreshed also when they become valid: DMA is answered from what was refreshed
 * @param frames frames of 1 MiB and 2 GiB may be mapped
 * @param relaxed an address space may do without translation (T=0)
 * @param designations types of anchors, type 0 at bit 7
 * @param messageAddress where functions write messages
 * @param interrupts vectors that a function may register
 */
public record FunctionGroup(int number, boolean refresh, boolean frames, boolean relaxed, int designations, long messageAddress, int interrupts) {
    /** Types 0 to 4, which is all that is translated here. */
    public static final int ALL_DESIGNATIONS = 0xf8;
    /** What a description does not limit. */
    public static final int MOST_INTERRUPTS = 2048;
    private static final int TYPE_0 = 0x80;
    /** QEMU's number for groups of emulated functions. */
    private static final int DEFAULT_NUMBER = 0xff;

    /** Key {@code group} of the unit's description; what is not there is not limited. */
    public static FunctionGroup of(Attributes unit) {
        Attributes group = unit.child("group").orElse(Attributes.EMPTY);
        return new FunctionGroup(group.number("pfgid").orElse((long) DEFAULT_NUMBER).intValue() & 0xff, group.flag("refresh"),
                !group.keys().contains("frames") || group.flag("frames"), !group.keys().contains("relaxed") || group.flag("relaxed"),
                group.number("dtsm").orElse((long) ALL_DESIGNATIONS).intValue() & 0xff,
                group.number("msia").orElse(Zpci.DEFAULT_MSI_WINDOW.start()),
                (int) Math.min(MOST_INTERRUPTS, group.number("noi").orElse((long) MOST_INTERRUPTS)));
    }

    /** From the response of Call Logical Processor. */
    public static FunctionGroup of(int number, long[] response) {
        return new FunctionGroup(number, is(response, CallBlocks.REFRESH), is(response, CallBlocks.FRAMES), is(response, CallBlocks.RELAXED),
                (int) CallBlocks.DESIGNATIONS.get(response[CallBlocks.DESIGNATIONS.word()]),
                CallBlocks.MESSAGE_ADDRESS.get(response[CallBlocks.MESSAGE_ADDRESS.word()]),
                (int) CallBlocks.INTERRUPTS.get(response[CallBlocks.INTERRUPTS.word()]));
    }

    private static boolean is(long[] response, BitField flag) {
        return flag.get(response[flag.word()]) != 0;
    }

    /** Whether an anchor of that designation type may be registered. */
    public boolean supports(int designation) {
        return (designations & TYPE_0 >>> designation) != 0;
    }

    /** Whether this anchor may be registered. */
    public boolean accepts(long iota) {
        if (Anchor.TRANSLATE.get(iota) == 0) {
            return relaxed;
        }
        int type = (int) Anchor.DESIGNATION.get(iota);
        return supports(type) && (type <= Anchor.REGION_FIRST_TABLE || type == Anchor.PAGE_FRAME && Anchor.frameShift(iota) != 0);
    }

    /** Whether {@code address} is in the page of messages. */
    public boolean isMessage(long address) {
        return address - messageAddress >= 0 && address - messageAddress < Zpci.DEFAULT_MSI_WINDOW.size();
    }
}
