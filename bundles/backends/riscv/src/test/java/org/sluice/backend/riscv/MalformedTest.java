// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Random bytes as every structure: each question has an answer, soon, and never an exception. */
public class MalformedTest {
    private static final int ROUNDS = 1000;
    private static final int MOST_STEPS = 6 + 5 * 6 + 5 + 1;
    private static final AddressRange SMALL = AddressRange.ofSize(TestUnit.RAM, 0x4_0000);

    private final Random random = Seed.random();
    private final PhysicalMemory memory = PhysicalMemory.allocate(SMALL);

    private long page() {
        return SMALL.start() + ((long) random.nextInt(0x40) << 12);
    }

    private long word() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> TestUnit.pointer(page());
            case 2 -> TestUnit.leaf(page(), random.nextInt(0x400)) | (random.nextInt(8) == 0 ? random.nextLong() & 0xff << 54 : 0);
            default -> TestUnit.root((long) random.nextInt(12) << 60, page() & -0x4000);
        };
    }

    private TestUnit unit() {
        for (long at = SMALL.start(); at < SMALL.last(); at += 8) {
            memory.writeLong(at, random.nextInt(3) == 0 ? word() : 0);
        }
        TestUnit unit = new TestUnit(memory).directory(1 + random.nextInt(3));
        boolean extended = random.nextBoolean();
        unit.set(Registers.CAPABILITIES, TestUnit.CAPABILITIES | (extended ? TestUnit.MSI_FLAT : 0));
        // Likely contexts in the first page, so that walks get further.
        for (int i = 0; i < 32; i++) {
            long tc = 1 | (long) random.nextInt(4) << 7 | (random.nextInt(3) == 0 ? 1 << 5 : 0);
            long first = (tc & 1 << 5) != 0 ? random.nextInt(4) : random.nextBoolean() ? 8 + random.nextInt(3) : 0;
            unit.put(SMALL.start() + (extended ? 64L : 32L) * i, tc, random.nextBoolean() ? 0 : TestUnit.root(8L + random.nextInt(3) << 60, page() & -0x4000),
                    (long) random.nextInt(9) << 12, TestUnit.root(first << 60, page()));
            if (extended) {
                unit.put(SMALL.start() + 64L * i + 32, TestUnit.root((long) random.nextInt(2) << 60, page()), random.nextInt(64), random.nextInt(64), 0);
            }
        }
        return unit;
    }

    private long iova() {
        long any = random.nextLong();
        return random.nextBoolean() ? any >> 16 + random.nextInt(48) : any >>> 16 + random.nextInt(48);
    }

    @Test
    public void everyTranslationHasABoundedAnswer() {
        int mapped = 0;
        int faults = 0;
        for (int i = 0; i < ROUNDS; i++) {
            Inspector inspector = unit().inspector();
            for (int j = 0; j < 20; j++) {
                DeviceId device = DeviceId.stream(random.nextInt(40));
                int pasid = random.nextInt(3) == 0 ? random.nextInt(1 << 20) >>> random.nextInt(20) : -1;
                TranslationReport report = inspector.translate(new TranslationRequest(device, pasid, iova(), Access.values()[random.nextInt(3)]), true);
                assertTrue(report.steps().size() + " steps", report.steps().size() <= MOST_STEPS);
                mapped += report.result() == Result.MAPPED ? 1 : 0;
                faults += report.result() == Result.FAULT ? 1 : 0;
                assertNotNull(inspector.remapInterrupt(new InterruptRequest(device, iova(), 0), true));
                assertNotNull(inspector.context(device, pasid));
            }
        }
        assertTrue(mapped + " mapped, " + faults + " faults", mapped > ROUNDS && faults > ROUNDS);
    }

    @Test
    public void everythingCanBeListedAndVerified() {
        for (int i = 0; i < 3; i++) {
            TestUnit unit = unit();
            int[] left = {200};
            unit.inspector().contexts(c -> {
                if (c.table() != null && left[0]-- > 0) {
                    c.table().visit(new Few());
                }
            });
            unit.defects(null);
            unit.defects(DeviceId.stream(random.nextInt(32)));
        }
    }

    @Test
    public void randomRegistersHaveAnswers() {
        for (int i = 0; i < 200; i++) {
            TestUnit unit = new TestUnit(memory);
            for (Register register : Registers.ALL) {
                unit.set(register, random.nextBoolean() ? word() : random.nextLong());
                if (random.nextInt(5) == 0) {
                    unit.forget(register);
                }
            }
            Inspector inspector = unit.inspector();
            assertNotNull(inspector.registers());
            assertNotNull(inspector.queues());
            assertNotNull(inspector.faults());
            if (i % 20 == 0) {
                unit.defects(null);
            }
            unit.read(iova());
        }
    }

    /** Gives up after some mappings: loops of tables make very many. */
    private static final class Few implements MappingSink {
        private int left = 500;

        @Override
        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
            return --left > 0;
        }

        @Override
        public boolean unknown(long iova, long last, long tableAddress) {
            return --left > 0;
        }
    }
}
