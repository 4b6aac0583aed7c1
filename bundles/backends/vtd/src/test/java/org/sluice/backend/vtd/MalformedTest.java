// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Random words as every structure: each question has an answer within the bound of levels, and nothing is thrown. */
public class MalformedTest {
    /** Root, context, PASID and paging entries, and 4 tables of the configuration or nested pages before them. */
    private static final int MOST_STEPS = 4 + 5 + 5;
    private static final int PAGES = 24;
    private static final long BASE = TestUnit.ROOT;

    private final Random random = Seed.random();

    private long page() {
        return BASE + (long) random.nextInt(PAGES) * 4096;
    }

    /** A word that is now and then sensible: a pointer into the pages with type bits, sparse bits, or anything. */
    private long word() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> 0;
            case 2 -> page() | random.nextInt(4096);
            case 3 -> page() | 1L << random.nextInt(64) | 1;
            default -> page() | new int[] {1, 3, 7, 0x67, 0x83, 0xe7}[random.nextInt(6)];
        };
    }

    /** Pages of such words; half of the units have context and PASID entries on top that are sound, so that tables are reached. */
    private TestUnit scrambled() {
        TestUnit unit = new TestUnit();
        for (int page = 0; page < PAGES; page++) {
            if (random.nextInt(12) != 0) {
                for (int i = 0; i < 512; i += 1 + random.nextInt(3)) {
                    unit.put(BASE + page * 4096L + i * 8, word());
                }
            }
        }
        for (int offset : new int[] {0x80, 0x88, 0x90, 0xb8, 0xc0, 0xc8, 0xd0}) {
            unit.register64(offset, page() | random.nextInt(4096));
        }
        boolean scalable = random.nextBoolean();
        unit.register64(0x20, BASE | (scalable ? 1 << 10 : 0) | (random.nextInt(20) == 0 ? 1 << 11 : 0));
        if (random.nextBoolean()) {
            sound(unit, scalable);
        }
        if (random.nextInt(4) == 0) {
            unit.register64(0x08, random.nextLong()).register64(0x10, random.nextLong());
        }
        if (random.nextInt(4) == 0) {
            unit.ram(new AddressRange(0, random.nextInt(1 << 21)), new AddressRange(1L << 32, (1L << 32) + 0xffff));
        }
        for (int i = 0; i < 16; i++) {
            unit.register64(0x220 + 8 * i, random.nextLong());
        }
        return unit;
    }

    private void sound(TestUnit unit, boolean scalable) {
        unit.put(BASE, page() | 1, scalable ? page() | 1 : 0);
        for (int i = 0; i < 64; i++) {
            if (scalable) {
                unit.pasid((long) (1 + random.nextInt(4)) << 6 | 2 << 2 | page() | 1, 5, page() | random.nextInt(2) << 2 | 1 << 1, 0, 0, 0, 0, 0);
            } else {
                unit.put(TestUnit.CONTEXTS + 16 * i, page() | 1, 0x501 + random.nextInt(3)).put(BASE, TestUnit.CONTEXTS | 1, 0);
            }
        }
    }

    private DeviceId device() {
        return random.nextBoolean() ? TestUnit.DEVICE : DeviceId.pci(0, random.nextInt(3), random.nextInt(64));
    }

    @Test
    public void translationsEndWithAnAnswer() {
        int mapped = 0;
        int faults = 0;
        for (int round = 0; round < 300; round++) {
            Inspector inspector = scrambled().inspector();
            for (int i = 0; i < 200; i++) {
                long iova = random.nextLong() >>> random.nextInt(64) << random.nextInt(2) * 12;
                TranslationRequest request = new TranslationRequest(device(), random.nextInt(3) == 0 ? random.nextInt(1 << 20) : -1, iova,
                        Access.values()[random.nextInt(3)]);
                TranslationReport report = inspector.translate(request, true);
                assertTrue(report.steps().size() <= MOST_STEPS);
                mapped += report.result() == Result.MAPPED ? 1 : 0;
                faults += report.result() == Result.FAULT ? 1 : 0;
                assertTrue(report.result() == Result.MAPPED || !report.reason().isEmpty());
            }
        }
        assertTrue("mapped " + mapped + ", faults " + faults, mapped > 100 && faults > 1000);
    }

    @Test
    public void interruptsEndWithAnAnswer() {
        int remapped = 0;
        for (int round = 0; round < 200; round++) {
            Inspector inspector = scrambled().inspector();
            for (int i = 0; i < 100; i++) {
                long address = random.nextInt(8) == 0 ? random.nextLong() : 0xfee0_0010L | random.nextInt(1 << 10);
                InterruptReport report = inspector.remapInterrupt(new InterruptRequest(device(), address, random.nextInt(4)), true);
                assertNotNull(report.result());
                remapped += report.result() == InterruptReport.Result.REMAPPED ? 1 : 0;
            }
        }
        assertTrue("remapped " + remapped, remapped > 10);
    }

    @Test
    public void listingsAndVerificationEnd() {
        int[] found = new int[1];
        for (int round = 0; round < 40; round++) {
            TestUnit unit = scrambled();
            Inspector inspector = unit.inspector();
            found[0] += unit.verify().defects().size();
            unit.verify(device());
            inspector.registers();
            inspector.queues();
            inspector.faults();
            int[] left = {20};
            inspector.contexts(context -> {
                assertNotNull(context.state());
                if (context.table() != null && left[0]-- > 0) {
                    context.table().visit(new Few());
                }
            });
        }
        assertTrue("defects " + found[0], found[0] > 100);
    }

    /** Ends a visit after some mappings: tables that point at each other map more than anyone can count. */
    private static final class Few implements MappingSink {
        private int left = 1000;

        @Override
        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
            return --left > 0;
        }

        @Override
        public boolean unknown(long iova, long last, long table) {
            return --left > 0;
        }
    }
}
