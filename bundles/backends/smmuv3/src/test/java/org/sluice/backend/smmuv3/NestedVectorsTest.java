// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Events;
import org.sluice.backend.smmuv3.lookup.Events.Transaction;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;

/** What QEMU's SMMU did with tables built by hand: both stages and nested, addresses and event records word for word. */
public class NestedVectorsTest {
    /** Where architecture and emulated unit differ; {@code docs/backends/smmuv3.md} gives the clauses. */
    private static final Map<String, String> ARCHITECTURE = Map.of(
            // The table lies in flash, which reads as zeros there. The image knows no flash: for it there is no memory.
            "ttb0-no-memory", "F_WALK_EABT",
            // Stage 1 passes the address on and refuses it as too wide; that it leaves no record is the emulator's way.
            "s2-beyond-oas", "F_ADDR_SIZE");

    /** Pages that the image knows to be zero. */
    private static final long COMMANDS = 0x4011_0000L;
    private static final long EVENTS = 0x4012_0000L;

    private final List<String> lines;
    private final PhysicalMemory memory;
    private final UnitContext context;

    public NestedVectorsTest() throws IOException {
        lines = Files.readAllLines(Captures.path(Captures.SMMUV3_VECTORS).resolve("vectors.jsonl"));
        try (OpenCapture capture = new OpenCapture(Captures.SMMUV3_VECTORS)) {
            memory = writable(capture.machine.memory());
            UnitDescription unit = capture.machine.description().units().get(0);
            context = new UnitContext(capture.machine.description(), unit, memory, capture.machine.registers(unit));
        }
    }

    private static PhysicalMemory writable(PhysicalMemory image) {
        PhysicalMemory.Builder copy = PhysicalMemory.builder();
        image.ram().forEach(copy::ram);
        for (AddressRange range : image.present()) {
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) range.size());
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, image.readByte(range.start() + i));
            }
            copy.data(range.start(), bytes, true);
        }
        return copy.build();
    }

    @Test
    public void everyVectorAgrees() {
        List<String> wrong = new ArrayList<>();
        Set<String> differing = new HashSet<>();
        for (String line : lines) {
            prepare(line);
            String expected = expected(line);
            String told = told(line);
            if (!told.equals(expected)) {
                wrong.add(text(line, "case") + " " + text(line, "access") + ": expected " + expected + " but told " + told);
            }
            if (ARCHITECTURE.containsKey(text(line, "case"))) {
                differing.add(text(line, "case"));
            }
        }
        assertEquals(List.of(), wrong);
        assertEquals(67, lines.size());
        assertEquals(ARCHITECTURE.keySet(), differing);
    }

    /**
     * The same through registers: the unit from reset is programmed as the vector says, and after each change of structures gets the
     * commands that the recipe gave QEMU. The event is what the unit has put into its queue.
     */
    @Test
    public void everyVectorAgreesThroughRegisters() {
        UnitModel unit = programmed();
        List<String> wrong = new ArrayList<>();
        for (String line : lines) {
            assertTrue(line, line.contains("\"CR0\": \"0xd\", \"STRTAB_BASE\": \"0x40100000\", \"STRTAB_BASE_CFG\": \"0x6\""));
            prepare(line);
            command(unit, 0x04, 31);
            command(unit, 0x30, 0);
            command(unit, 0x46, 0);
            String told = toldByUnit(unit, line);
            if (!told.equals(expected(line))) {
                wrong.add(text(line, "case") + " " + text(line, "access") + ": expected " + expected(line) + " but told " + told);
            }
        }
        assertEquals(List.of(), wrong);
    }

    private UnitModel programmed() {
        Map<Integer, Integer> reset = new HashMap<>();
        for (int at = 0; at < 0x100; at += 4) {
            reset.put(at, at < 0x20 || at == 0x44 ? context.registers().read32(at) : 0);
        }
        UnitModel unit = new Smmuv3Backend("test").model(new UnitContext(context.machine(), context.unit(), memory, new RegisterImage("reset", reset)))
                .orElseThrow();
        RegisterPort registers = unit.registers();
        registers.write32(0x2c, context.registers().read32(0x2c));
        registers.write64(0x80, 0x4010_0000L);
        registers.write32(0x88, 6);
        registers.write64(0x90, COMMANDS | 8);
        registers.write64(0xa0, EVENTS | 8);
        registers.write32(0x20, 0xd);
        return unit;
    }

    private void command(UnitModel unit, long low, long high) {
        int prod = unit.registers().read32(0x98);
        memory.writeLong(COMMANDS + 16L * (prod & 0xff), low);
        memory.writeLong(COMMANDS + 16L * (prod & 0xff) + 8, high);
        unit.registers().write32(0x98, prod + 1 & 0x1ff);
        assertEquals(prod + 1 & 0x1ff, unit.registers().read32(0x9c));
    }

    private String toldByUnit(UnitModel unit, String line) {
        int before = unit.registers().read32(0x1_00a8);
        long iova = Hex.parse(text(line, "iova"));
        long answer = unit.translate((int) Hex.parse(text(line, "streamId")), TranslationRequest.NO_PASID, iova, Access.parse(text(line, "access")).permission());
        int after = unit.registers().read32(0x1_00a8);
        if (answer >= 0 || answer == UnitModel.PASS_THROUGH) {
            assertEquals("no record of what goes out", before, after);
            return Hex.of(answer >= 0 ? answer : iova);
        }
        if (after == before) {
            return "none-recorded";
        }
        long at = EVENTS + 32L * (before & 0xff);
        long[] event = new long[4];
        for (int i = 0; i < 4; i++) {
            event[i] = memory.readLong(at + 8L * i);
        }
        assertEquals("one record", before + 1, after);
        unit.registers().write32(0x1_00ac, after);
        String name = SmmuEvent.fault((int) (event[0] & 0xff)).name();
        assertEquals(line, -1 - answer, event[0] & 0xff);
        return ARCHITECTURE.containsKey(text(line, "case")) ? name
                : name + " " + Hex.padded(event[0]) + " " + Hex.padded(event[1]) + " " + Hex.padded(event[2]) + " " + Hex.padded(event[3]);
    }

    /** The STE and CD of a vector go into memory first. */
    private void prepare(String line) {
        for (String key : List.of("ste", "cd")) {
            Matcher m = Pattern.compile("\"" + key + "\": \\{\"address\": \"(0x[0-9a-f]+)\", \"words\": \\[([^]]*)]").matcher(line);
            assertTrue(line, m.find());
            String[] words = m.group(2).replace("\"", "").split(", ");
            for (int i = 0; i < words.length; i++) {
                memory.writeLong(Hex.parse(m.group(1)) + 8L * i, Hex.parse(words[i]));
            }
        }
    }

    private static String expected(String line) {
        String other = ARCHITECTURE.get(text(line, "case"));
        if (other != null) {
            return other;
        }
        return text(line, "result").equals("mapped") ? text(line, "output") : text(line, "fault") + record(line);
    }

    /**
     * Words of the event. The emulator puts the fetch address of F_CD_FETCH one word too low, keeps the page offset of an IPA, and
     * translates TTB0 when it reads the context descriptor, so that the direction in the record is not the transaction's.
     */
    private static String record(String line) {
        Matcher m = Pattern.compile("\"event\": \\[([^]]*)]").matcher(line);
        if (!m.find()) {
            return "";
        }
        String[] words = m.group(1).replace("\"", "").split(", ");
        boolean fetch = text(line, "fault").equals("F_CD_FETCH");
        long last = Hex.parse(words[fetch ? 2 : 3]);
        if (text(line, "case").equals("nested-ttb-not-in-s2")) {
            long direction = EventRecord.READ.put(1);
            words[1] = Hex.padded(Hex.parse(words[1]) & ~direction | (text(line, "access").equals("w") ? 0 : direction));
        }
        return " " + words[0] + " " + words[1] + " " + (fetch ? Hex.padded(0) : words[2]) + " " + Hex.padded(fetch ? last : EventRecord.IPA.address(last));
    }

    private String told(String line) {
        Access access = Access.parse(text(line, "access"));
        long iova = Hex.parse(text(line, "iova"));
        TranslationRequest request = new TranslationRequest(DeviceId.parse(text(line, "device")), TranslationRequest.NO_PASID, iova, access);
        TranslationReport report = new Smmuv3Backend("test").inspector(context).orElseThrow().translate(request, true);
        assertTrue(line, report.reason().length() > 20 || report.result() == Result.MAPPED);
        if (report.result() == Result.MAPPED) {
            return Hex.of(report.output());
        }
        long[] event = event(new Transaction((int) Hex.parse(text(line, "streamId")), -1, iova, access.permission()));
        if (event == null) {
            return "none-recorded";
        }
        assertEquals(line, report.fault().name(), SmmuEvent.fault((int) EventRecord.TYPE.get(event[0])).name());
        return ARCHITECTURE.containsKey(text(line, "case")) ? report.fault().name()
                : report.fault().name() + " " + Hex.padded(event[0]) + " " + Hex.padded(event[1]) + " " + Hex.padded(event[2]) + " " + Hex.padded(event[3]);
    }

    private long[] event(Transaction t) {
        ConfigurationLookup lookup = new ConfigurationLookup(memory, UnitState.read(context.registers()));
        Finding finding = lookup.find(t.streamId(), t.substream());
        if (finding instanceof Blocked blocked) {
            return Events.record(t, blocked);
        }
        StageWalker walker = new StageWalker(memory);
        Translated context = (Translated) finding;
        return Events.record(t, context, StageWalker.event(walker.walk(context, t.address(), t.permission())), walker);
    }

    private static String text(String line, String key) {
        Matcher m = Pattern.compile("\"" + key + "\": \"([^\"]*)\"").matcher(line);
        assertTrue(key + " in " + line, m.find());
        return m.group(1);
    }
}
