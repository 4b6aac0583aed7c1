// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DefectSink;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Seed;

/** Defects of anchors and tables; the tables are written by hand, one thing wrong at a time. */
public class VerificationTest {
    private static final long ALL = -1L;

    private final PhysicalMemory memory = PhysicalMemory.allocate(Functions.RAM);
    private final Tables tables = new Tables(memory).map(0, 0x40_0001);

    private List<Defect> defects(Functions functions) {
        MachineDescription machine = functions.machine();
        List<Defect> defects = new ArrayList<>();
        new ZpciInspector(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of()))).verify(null, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                defects.add(defect);
            }

            @Override
            public void unknown(long address) {
                throw new AssertionError("not in the image: " + Long.toHexString(address));
            }

            @Override
            public void looked(long entries) {
                assertTrue(entries > 0);
            }
        });
        return defects;
    }

    private List<String> names(Functions functions) {
        return defects(functions).stream().map(Defect::defect).distinct().sorted().toList();
    }

    private Functions one(long iota) {
        return new Functions().function(Functions.FID, iota);
    }

    @Test
    public void soundTablesHaveNone() {
        assertEquals(List.of(), names(one(Tables.IOTA)));
        assertEquals(List.of(), names(one(0)));
        assertEquals(List.of(), names(new Functions().function(Functions.FID, null)));
    }

    @Test
    public void anchorsAreLookedAt() {
        assertEquals(List.of("reserved-bit"), names(one(Tables.IOTA | 0x400)));
        assertEquals(List.of("unsupported-designation"), names(one(Tables.REGION_THIRD | 0x814)));
        assertEquals(List.of("leaf-outside-ram"), names(one(0x1_0000_0810L)));
        assertEquals(List.of("empty-aperture"), names(new Functions().function(Functions.FID, Tables.IOTA, 0x10_0000, 0x1000, Map.of())));
        assertEquals(List.of("function-not-enabled"), names(new Functions().function(Functions.FID, Tables.IOTA, Functions.FIRST, Functions.LAST,
                Map.of("functionHandle", "0x20000"))));
        assertEquals(List.of("function-not-enabled"), names(new Functions().function(Functions.FID, Tables.IOTA, Functions.FIRST, Functions.LAST,
                Map.of("state", "disabled"))));
        assertEquals(List.of("handle-shared"), names(new Functions()
                .function(1, Tables.IOTA, Functions.FIRST, Functions.LAST, Map.of("functionHandle", "0x80020000"))
                .function(2, 0x8000_0812L & 0xfff, Functions.FIRST, Functions.LAST, Map.of("functionHandle", "0x80020000"))));
    }

    /** The error state stops DMA; what was registered stays so, and serves again once software has reset the error. */
    @Test
    public void anErrorIsAStateAndNoDefect() {
        for (String state : List.of("error", "blocked")) {
            assertEquals(state, List.of(), names(new Functions().function(Functions.FID, Tables.IOTA, Functions.FIRST, Functions.LAST, Map.of("state", state))));
        }
    }

    @Test
    public void badEntriesNameTheirAddress() {
        tables.map(7, 0);
        Defect defect = defects(one(Tables.IOTA)).get(0);
        assertEquals(Tables.PAGE + 56, defect.address());
        assertEquals(Functions.device(Functions.FID), defect.device());
        tables.map(7, 0x400);
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 5);
        assertEquals(Tables.REGION_THIRD + 16, defects(one(Tables.IOTA)).get(0).address());
    }

    @Test
    public void tablesAndPagesOutsideRamAreDefects() {
        tables.map(7, Functions.RAM.last() + 1);
        assertEquals(List.of("leaf-outside-ram"), names(one(Tables.IOTA)));
        tables.map(7, 0x400);
        tables.put(Tables.SEGMENT + 8, Functions.RAM.last() + 1);
        assertEquals(List.of("table-outside-ram"), names(one(Tables.IOTA)));
    }

    /** Loops and sharing end, and are told. */
    @Test
    public void tablesThatPointAtThemselvesAreDefects() {
        for (int i = 0; i < 2048; i++) {
            tables.put(Tables.REGION_FIRST + 8L * i, Tables.REGION_FIRST | 0xf);
        }
        List<Defect> defects = defects(new Functions().function(Functions.FID, Tables.REGION_FIRST | 0x80c, 0, ALL, Map.of()));
        assertTrue(defects.toString(), !defects.isEmpty());
    }

    @Test
    public void randomTablesNeverThrowAndNeverRunOn() {
        Random random = Seed.random();
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 64; i++) {
                long table = new long[] {Tables.REGION_THIRD, Tables.SEGMENT, Tables.PAGE, Tables.REGION_SECOND, Tables.REGION_FIRST}[random.nextInt(5)];
                long entry = random.nextBoolean() ? random.nextLong() : (random.nextInt(1 << 25) & ~0xfffL) | random.nextInt(0x1000);
                tables.put(table + 8L * random.nextInt(256), entry);
            }
            long iota = random.nextInt(4) == 0 ? random.nextLong() : Tables.REGION_FIRST | 0x800 | random.nextInt(8) << 2 | random.nextInt(4);
            Functions functions = new Functions().function(Functions.FID, iota, 0, ALL, Map.of());
            names(functions);
            MachineDescription machine = functions.machine();
            ZpciInspector inspector = new ZpciInspector(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of())));
            Unit unit = new Unit(functions, memory);
            for (int i = 0; i < 50; i++) {
                long iova = random.nextBoolean() ? random.nextLong() : random.nextLong() & 0x1_ffff_ffffL;
                var report = inspector.translate(new TranslationRequest(Functions.device(Functions.FID), TranslationRequest.NO_PASID, iova, Access.READ), true);
                long told = unit.read(iova);
                boolean agrees = report.fault() == null ? report.result().name().equals("UNKNOWN") || told == report.output() || told == Long.MIN_VALUE
                        : told == -1L - Math.max(report.fault().code(), 0);
                assertTrue("round " + round + " " + report.reason() + " " + Long.toHexString(told), agrees);
                if (told < 0 && told != Long.MIN_VALUE) {
                    unit = new Unit(functions, memory);
                }
            }
        }
    }
}
