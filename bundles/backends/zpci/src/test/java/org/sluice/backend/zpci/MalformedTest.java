// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.AnchorSearch;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Whatever stands in anchors and tables, there is an answer, soon, and never an exception. */
public class MalformedTest {
    private static final long BASE = 0x10_0000;
    private static final int BYTES = 0x4_0000;
    private static final int ROUNDS = 3000;

    private final Random random = Seed.random();
    private final Rig rig = new Rig(AddressRange.ofSize(BASE, BYTES));

    /** Entries that lead on more often than not: mostly right types, addresses within and just outside RAM. */
    private long entry() {
        long address = BASE - 0x4000 + (random.nextInt(BYTES + 0x8000) & -0x800);
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> 0;
            case 2 -> address & ~0x3fff | random.nextInt(4) << 2 | 3;
            default -> address | random.nextInt(1 << 11) & random.nextInt(1 << 11);
        };
    }

    private void scramble() {
        for (int i = 0; i < BYTES / 8; i++) {
            rig.put(BASE + 8L * i, entry());
        }
    }

    @Test
    public void anyAnchorOverAnyTablesHasAnAnswer() {
        scramble();
        for (int round = 0; round < ROUNDS; round++) {
            long iota = random.nextInt(8) == 0 ? random.nextLong() : BASE + (random.nextInt(BYTES) & ~0x3fff) | 0x800 | random.nextInt(1 << 12);
            rig.functions.clear();
            long pba = random.nextInt(4) == 0 ? random.nextLong() : 0;
            rig.function(1, iota, pba, random.nextInt(4) == 0 ? random.nextLong() : -1, Map.of());
            ZpciInspector inspector = rig.inspector();
            ZpciModel model = rig.model();
            for (int i = 0; i < 8; i++) {
                long iova = random.nextLong() >>> random.nextInt(64);
                Access access = Access.values()[random.nextInt(3)];
                TranslationReport report = inspector.translate(new TranslationRequest(DeviceId.function(1), TranslationRequest.NO_PASID, iova, access), true);
                assertNotNull(report.result());
                assertTrue(report.steps().size() <= 6);
                if (report.result() == Result.FAULT) {
                    assertNotNull(report.fault());
                    assertTrue(report.reason(), !report.reason().isEmpty() && report.reason().indexOf('\n') < 0);
                }
                long told = model.translate(1, TranslationRequest.NO_PASID, iova, access.permission());
                long expected = report.result() == Result.MAPPED ? report.reason().isEmpty() ? report.output() : ZpciModel.PASS_THROUGH
                        : -1L - Math.max(report.fault().code(), 0);
                assertEquals(expected, told);
            }
            inspector.remapInterrupt(new InterruptRequest(DeviceId.function(1), random.nextLong(), random.nextInt()), true);
            assertNotNull(inspector.context(DeviceId.function(1), TranslationRequest.NO_PASID));
        }
    }

    @Test
    public void sweepsAndVerificationEnd() {
        for (int round = 0; round < 5; round++) {
            scramble();
            rig.functions.clear();
            for (int f = 0; f < 16; f++) {
                rig.function(f, BASE + (random.nextInt(BYTES) & ~0x3fff) | 0x800 | random.nextInt(4) << 2);
            }
            assertNotNull(rig.verify());
            rig.inspector().registers();
            rig.inspector().reservedRanges();
            rig.inspector().contexts(c -> {
                int[] count = new int[1];
                if (c.table() != null) {
                    c.table().visit(upTo(10_000, count));
                }
            });
        }
    }

    private static MappingSink upTo(int limit, int[] count) {
        return new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                assertTrue((permissions & Permissions.READ) != 0 && Long.compareUnsigned(iova, last) <= 0);
                return ++count[0] < limit;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                return ++count[0] < limit;
            }
        };
    }

    @Test
    public void searchInScrambledMemoryFindsNothing() {
        scramble();
        assertEquals(List.of(), new AnchorSearch(rig.memory, Progress.NONE).run());
        rig.functionsStated = false;
        assertEquals("UNKNOWN", rig.read(1, 0x1000));
    }

    @Test
    public void everyCodeHasOneNameAndAClause() {
        assertEquals(28, EventCodes.all().size());
        assertEquals(28, EventCodes.all().stream().map(f -> f.code()).distinct().count());
        assertEquals(28, EventCodes.all().stream().map(f -> f.name()).distinct().count());
        EventCodes.all().forEach(f -> assertEquals(f, EventCodes.of(f.code()).orElseThrow()));
    }
}
