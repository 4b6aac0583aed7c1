// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;

/** Commands and events by their numbers, and formats by their names: the tables of sheet sections 6 and 7. */
public class CommandLayoutsTest {
    private static final String COMMANDS = """
            01 prefetch-config, 02 prefetch-addr, 03 cfgi-ste, 04 cfgi-ste-range, 05 cfgi-cd, 06 cfgi-cd-all, 07 cfgi-vms-pidm, 10 tlbi-nh-all, \
            11 tlbi-nh-asid, 12 tlbi-nh-va, 13 tlbi-nh-vaa, 18 tlbi-el3-all, 1a tlbi-el3-va, 20 tlbi-el2-all, 21 tlbi-el2-asid, 22 tlbi-el2-va, \
            23 tlbi-el2-vaa, 28 tlbi-s12-vmall, 2a tlbi-s2-ipa, 30 tlbi-nsnh-all, 40 atc-inv, 41 pri-resp, 44 resume, 45 stall-term, 46 sync""";

    @Test
    public void everyCommandHasItsOpcodeAndLayout() {
        List<String> told = new ArrayList<>();
        for (int opcode = 0; opcode <= 0xff; opcode++) {
            Command command = Command.of(0xffff_ff00L << 8 | opcode);
            if (command != null) {
                assertEquals(opcode, command.opcode());
                assertEquals(128, command.layout().bits());
                told.add(String.format("%02x %s", opcode, command.layout().name().substring("command-".length())));
            }
        }
        assertEquals(COMMANDS, String.join(", ", told));
        List<StructureLayout> layouts = new Smmuv3Backend("test").layouts();
        for (Command command : Command.values()) {
            assertEquals(command.name(), 1, layouts.stream().filter(l -> l == command.layout()).count());
        }
    }

    /** Fields by position: a word of ones in one field only must be found there. */
    @Test
    public void fieldsAreWhereTheSheetHasThem() {
        field(Command.TLBI_NH_VA, "NUM", 16, 12);
        field(Command.TLBI_NH_VA, "SCALE", 24, 20);
        field(Command.TLBI_NH_VA, "VMID", 47, 32);
        field(Command.TLBI_NH_VA, "ASID", 63, 48);
        field(Command.TLBI_NH_VA, "Leaf", 64, 64);
        field(Command.TLBI_NH_VA, "TTL", 73, 72);
        field(Command.TLBI_NH_VA, "TG", 75, 74);
        field(Command.TLBI_NH_VA, "address", 127, 76);
        field(Command.TLBI_S2_IPA, "address", 115, 76);
        field(Command.CFGI_STE, "SID", 63, 32);
        field(Command.CFGI_STE, "Leaf", 64, 64);
        field(Command.CFGI_STE_RANGE, "Range", 68, 64);
        field(Command.CFGI_CD, "SSID", 31, 12);
        field(Command.ATC_INV, "Size", 69, 64);
        field(Command.ATC_INV, "address", 127, 76);
        field(Command.PRI_RESP, "PRGIndex", 72, 64);
        field(Command.RESUME, "STAG", 79, 64);
    }

    private static void field(Command command, String name, int high, int low) {
        var field = command.layout().field(name).orElseThrow(() -> new AssertionError(command + " has no " + name));
        assertEquals(command + "." + name, high, field.high());
        assertEquals(command + "." + name, low, field.low());
    }

    @Test
    public void numbersThatAreNoEvents() {
        for (int code : new int[] {-1, 0, 0x14, 0xff, 0x100, 0x1000}) {
            assertNull("event " + code, SmmuEvent.of(code));
        }
        assertEquals(SmmuEvent.F_TRANSLATION, SmmuEvent.of(0x10));
        assertEquals("RESERVED_EVENT", SmmuEvent.fault(0xdf).name());
        assertEquals("IMPDEF_EVENT", SmmuEvent.fault(0xe0).name());
        assertEquals("IMPDEF_EVENT", SmmuEvent.fault(0xef).name());
        assertEquals("RESERVED_EVENT", SmmuEvent.fault(0xf0).name());
    }

    @Test
    public void formatsAreNamedByStageGranuleAndWidth() {
        assertEquals("stage1-4k-48", name(new Shape(1, 12, 48, 0, 48, false, false, false)));
        assertEquals("stage1-16k-47", name(new Shape(1, 14, 47, 1, 48, false, false, false)));
        assertEquals("stage2-64k-42", name(new Shape(2, 16, 42, 2, 44, false, false, false)));
        assertEquals("stage1-64k-52-wide", name(new Shape(1, 16, 52, 1, 52, true, false, false)));
        assertEquals("stage2-4k-39-big-endian", name(new Shape(2, 12, 39, 1, 44, false, false, true)));
    }

    private static String name(Shape shape) {
        return SmmuFormats.build(shape, Rules.PLAIN).description().name();
    }
}
