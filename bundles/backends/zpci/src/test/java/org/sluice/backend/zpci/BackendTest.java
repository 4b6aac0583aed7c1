// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.Test;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.layout.FieldValue;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.ConditionCodes.Instruction;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;

/** What the backend says of itself. */
public class BackendTest {
    private final ZpciBackend backend = new ZpciBackend("1.2.3");

    @Test
    public void theReadmeHasTheCapabilities() throws IOException {
        List<String> table = Files.readAllLines(Path.of("README.md")).stream().filter(l -> l.startsWith("| ")).skip(1).toList();
        List<String> expected = backend.info().capabilities().stream().map(BackendTest::row).toList();
        assertEquals(expected, table);
    }

    private static String row(Capability c) {
        return "| " + c.name() + " | " + c.support() + " | " + c.guestSees() + " |";
    }

    @Test
    public void onlyItsOwnUnitsAreSupported() {
        assertTrue(backend.supports(new UnitDescription("zpci0", "s390-zpci", -1, Attributes.EMPTY)));
        assertFalse(backend.supports(new UnitDescription("dmar0", "intel-vtd", -1, Attributes.EMPTY)));
        assertEquals("zpci", backend.info().name());
        assertEquals("1.2.3", backend.info().version());
    }

    @Test
    public void layoutsHaveUniqueNames() {
        assertEquals(backend.layouts().size(), backend.layouts().stream().map(StructureLayout::name).distinct().count());
    }

    @Test
    public void formatsNameLayoutsAndUnevenLevels() {
        List<TableFormat> formats = backend.formats();
        assertEquals(List.of("segment", "region-third", "region-second", "region-first"), formats.stream().map(TableFormat::name).toList());
        assertEquals(List.of(31, 42, 53, 64), formats.stream().map(TableFormat::inputBits).toList());
        TableFormat.Level page = formats.get(3).levels().get(4);
        assertEquals(2048, page.tableBytes());
        assertEquals(16384, formats.get(3).levels().get(0).tableBytes());
        assertEquals(List.of(1L << 20), formats.get(0).levels().get(0).leafSizes());
        assertEquals(List.of(1L << 31), formats.get(1).levels().get(0).leafSizes());
        assertEquals(List.of(), formats.get(3).levels().get(0).leafSizes());
        for (TableFormat format : formats) {
            format.levels().forEach(l -> assertTrue(backend.layouts().stream().anyMatch(s -> s.name().equals(l.entry()))));
        }
    }

    @Test
    public void workedExampleOfAnInterruptWord() {
        List<FieldValue> word = FunctionBlock.INTERRUPT_WORD.decode(List.of(0x2020_0080L));
        assertEquals(2, value(word, "ISC"));
        assertEquals(32, value(word, "NOI"));
        assertEquals(1, value(word, "SUM"));
        assertEquals(0, value(word, "AIBVO"));
    }

    @Test
    public void functionBlockFieldsLieAtTheirOffsets() {
        // Word i of the block holds bytes 8i to 8i+7, the first byte highest.
        List<Long> words = List.of(0L, 0x9000_0000_0000_0000L, 0x1_0000_0000L, 0x1_1fff_f000L, 0x28b_c804L, 0x2020_0080_0000_0000L,
                0x7000L, 0x7100L, 0L, 5L);
        List<FieldValue> fib = FunctionBlock.FIB.decode(words);
        assertEquals(1, value(fib, "E"));
        assertEquals(1, value(fib, "DMAAS"));
        assertEquals(0, value(fib, "ERR"));
        assertEquals(0x1_0000_0000L >>> 12, value(fib, "PBA"));
        assertEquals(0x1_1fff_f000L >>> 12, value(fib, "PAL"));
        assertEquals(0x28b_c804L, value(fib, "IOTA"));
        assertEquals(32, value(fib, "NOI"));
        assertEquals(2, value(fib, "ISC"));
        assertEquals(0x7000, value(fib, "AIBV"));
        assertEquals(5, value(fib, "GD"));
        assertEquals(80, FunctionBlock.FIB.bytes());
    }

    @Test
    public void errorBlockFieldsLieAtTheirOffsets() {
        List<FieldValue> block = EventBlock.ERROR.decode(List.of(0x8002_0000L, 0x10_1234_0003L, 0x1_2345_6000L, 2L));
        assertEquals(0x8002_0000L, value(block, "FH"));
        assertEquals(0x10, value(block, "FID"));
        assertEquals(1, value(block, "RW"));
        assertEquals(1, value(block, "Q"));
        assertEquals(1, value(block, "ETT"));
        assertEquals(0x1_2345_6000L, value(block, "FADDR"));
        assertEquals("OORANGE", block.stream().filter(v -> v.field().name().equals("PEC")).findFirst().orElseThrow().text());
    }

    @Test
    public void statusesAreDataByInstruction() {
        assertEquals("sequence: already registered, or nothing to unregister", ConditionCodes.status(Instruction.MODIFY_CONTROLS, 24).orElseThrow().meaning());
        assertEquals("already enabled", ConditionCodes.status(Instruction.LOAD_STORE, 24).orElseThrow().meaning());
        assertTrue(ConditionCodes.status(Instruction.STORE_CONTROLS, 24).isEmpty());
        assertEquals("invalid function handle", ConditionCodes.meaning(ConditionCodes.INVALID_HANDLE));
    }

    private static long value(List<FieldValue> values, String name) {
        return values.stream().filter(v -> v.field().name().equals(name)).findFirst().orElseThrow().value();
    }
}
