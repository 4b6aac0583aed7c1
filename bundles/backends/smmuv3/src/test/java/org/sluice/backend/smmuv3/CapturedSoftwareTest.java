// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;
import org.sluice.testkit.ExpectedTranslations;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/**
 * A unit from reset, programmed with what Linux had written to the registers, and fed with every command that Linux had given since it
 * booted: its queue had not gone round once. Then it answers as QEMU did, and its event records are QEMU's.
 */
@RunWith(Parameterized.class)
public class CapturedSoftwareTest {
    /** Memory that the captured machine does not have, for an event queue of our own. */
    private static final AddressRange OWN = AddressRange.ofSize(0x9_0000_0000L, 1 << 16);
    private static final int[] PROGRAMMED = {0x28, 0x2c, 0x80, 0x84, 0x88, 0x90, 0x94};

    private final String name;
    private PhysicalMemory memory;
    private UnitModel unit;
    private RegisterPort registers;
    private RegisterPort told;

    public CapturedSoftwareTest(String name) {
        this.name = name;
    }

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.SMMUV3;
    }

    @Before
    public void program() {
        try (OpenCapture capture = new OpenCapture(name)) {
            memory = writable(capture.machine.memory());
            Map<Integer, Integer> captured = new HashMap<>(((RegisterImage) capture.context.registers()).words());
            told = new RegisterImage("captured", captured);
            Map<Integer, Integer> reset = new HashMap<>(captured);
            reset.replaceAll((offset, value) -> offset < 0x20 || offset == 0x44 ? value : 0);
            unit = new Smmuv3Backend("test").model(new UnitContext(capture.context.machine(), capture.context.unit(), memory,
                    new RegisterImage("reset", reset))).orElseThrow();
        }
        registers = unit.registers();
        for (int offset : PROGRAMMED) {
            registers.write32(offset, told.read32(offset));
            assertEquals(Hex.of(offset), told.read32(offset), registers.read32(offset));
        }
        registers.write64(0xa0, OWN.start() | 11);
        registers.write32(0x20, 8);
        registers.write32(0x98, told.read32(0x98));
        registers.write32(0x20, told.read32(0x20));
    }

    private static PhysicalMemory writable(PhysicalMemory image) {
        PhysicalMemory.Builder copy = PhysicalMemory.builder().ram(OWN).data(OWN.start(), ByteBuffer.allocateDirect((int) OWN.size()), true);
        image.ram().forEach(copy::ram);
        for (AddressRange range : image.present()) {
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) range.size()).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < bytes.capacity(); i += Long.BYTES) {
                bytes.putLong(i, image.readLong(range.start() + i));
            }
            copy.data(range.start(), bytes, true);
        }
        return copy.build();
    }

    @Test
    public void everyCommandOfLinuxIsTaken() {
        assertEquals(told.read32(0x9c), registers.read32(0x9c));
        assertTrue("commands", told.read32(0x9c) > 1500);
        assertEquals(0, registers.read32(0x60));
    }

    /** Each row twice: from the tables, then from the cache. */
    @Test
    public void translationsAreThoseOfTheInspector() {
        try (OpenCapture capture = new OpenCapture(name)) {
            for (int round = 0; round < 2; round++) {
                for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                    TranslationRequest request = ExpectedTranslations.request(row);
                    TranslationReport report = capture.inspector.translate(request, false);
                    long expected = report.result() == Result.MAPPED ? report.output() : -1L - Math.max(0, report.fault().code());
                    DeviceId device = request.device();
                    int stream = (int) (device.isPci() ? capture.machine.description().device(device).orElseThrow().requesterId() : device.value());
                    assertEquals(row.toString(), expected, unit.translate(stream, -1, request.iova(), request.access().permission()));
                }
                registers.write32(0x1_00ac, registers.read32(0x1_00a8));
            }
        }
    }

    /** Transactions that QEMU had recorded, made again: all still fault and leave the same four words, but for the page offset of an IPA. */
    @Test
    public void recordsAreThoseOfQemu() {
        long base = told.read64(0xa0) & 0xf_ffff_ffff_ffe0L;
        int count = told.read32(0x1_00a8);
        Set<Long> kinds = new HashSet<>();
        for (int i = 0; i < count; i++) {
            long[] theirs = words(base + 32L * i);
            int before = registers.read32(0x1_00a8);
            int permission = (theirs[1] >>> 35 & 1) != 0 ? Permissions.READ : Permissions.WRITE;
            assertEquals(-1L - (theirs[0] & 0xff), unit.translate((int) (theirs[0] >>> 32), -1, theirs[2], permission));
            assertEquals(before + 1, registers.read32(0x1_00a8));
            theirs[3] &= ~0xfffL;
            assertEquals(text(theirs), text(words(OWN.start() + 32L * before)));
            kinds.add(theirs[0] & 0xff);
        }
        assertTrue("records", count >= 80);
        assertEquals("F_TRANSLATION and F_PERMISSION", Set.of(0x10L, 0x13L), kinds);
    }

    private long[] words(long address) {
        long[] words = new long[4];
        for (int i = 0; i < words.length; i++) {
            words[i] = memory.readLong(address + 8L * i);
        }
        return words;
    }

    private static String text(long[] words) {
        return Hex.of(words[0]) + " " + Hex.of(words[1]) + " " + Hex.of(words[2]) + " " + Hex.of(words[3]);
    }
}
