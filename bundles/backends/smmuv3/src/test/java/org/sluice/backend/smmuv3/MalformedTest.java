// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.Registers;
import org.sluice.backend.smmuv3.model.Smmuv3Model;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Random bytes as every structure: each question has an answer, soon, and never an exception. */
public class MalformedTest {
    private static final int ROUNDS = 500;
    private static final int MOST_STEPS = 2 + 2 * 6 + 6 * 7;
    private static final AddressRange SMALL = AddressRange.ofSize(TestUnit.RAM, 0x4_0000);

    private final Random random = Seed.random();
    private final PhysicalMemory memory = PhysicalMemory.allocate(SMALL);

    /** A word whose addresses often lie in memory and whose low bits often mean something. */
    private long word() {
        long any = random.nextLong();
        return switch (random.nextInt(4)) {
            case 0 -> any;
            case 1 -> SMALL.start() + (any & 0x3_ffc0) | random.nextInt(16);
            case 2 -> SMALL.start() + (any & 0x3_f000) | random.nextInt(0x1000) | 0x401 | (random.nextInt(8) == 0 ? any & 0xfff0_0000_0000_0000L : 0);
            default -> SMALL.start() + (any & 0x3_f000) | 3;
        };
    }

    private void fill() {
        for (long at = SMALL.start(); at < SMALL.last(); at += 8) {
            memory.writeLong(at, random.nextInt(3) == 0 ? word() : 0);
        }
    }

    private TestUnit unit() {
        TestUnit unit = new TestUnit(memory);
        unit.set(ControlRegisters.STRTAB_BASE_CFG, random.nextInt(12) | random.nextInt(12) << 6 | random.nextInt(2) << 16);
        if (random.nextBoolean()) {
            unit.set(IdRegisters.IDR0, random.nextInt()).set(IdRegisters.IDR1, random.nextInt()).set(IdRegisters.IDR3, random.nextInt())
                    .set(IdRegisters.IDR5, random.nextInt());
        }
        // Likely words where the first stream table entries and context descriptors lie, so that walks get further.
        for (int i = 0; i < 64; i++) {
            unit.put(SMALL.start() + 64L * i, SMALL.start() + (random.nextInt(0x100) << 8) | 1 | (4 | random.nextInt(4)) << 1 | (random.nextInt(9) == 0 ? 2L << 59 : 0),
                    random.nextInt(4), TestUnit.s2(16 + random.nextInt(24), random.nextInt(4), random.nextInt(3)) | word() & 0xfff0_0000_0000_0000L,
                    SMALL.start() + (random.nextInt(0x40) << 12));
            unit.put(SMALL.start() + (random.nextInt(0x100) << 8), TestUnit.cd0(16 + random.nextInt(24)) ^ 1L << random.nextInt(64) ^ (long) random.nextInt(4) << 6,
                    SMALL.start() + (random.nextInt(0x40) << 12), SMALL.start() + (random.nextInt(0x40) << 12), random.nextLong());
        }
        return unit;
    }

    private long iova() {
        long any = random.nextLong();
        return switch (random.nextInt(3)) {
            case 0 -> any;
            case 1 -> any >>> 16 + random.nextInt(48);
            default -> any >> 16 + random.nextInt(48);
        };
    }

    @Test
    public void everyTranslationHasABoundedAnswer() {
        int mapped = 0;
        int faults = 0;
        for (int i = 0; i < ROUNDS; i++) {
            if (i % 10 == 0) {
                fill();
            }
            TestUnit unit = unit();
            Inspector inspector = unit.inspector();
            Smmuv3Model model = new Smmuv3Model(unit.context());
            for (int j = 0; j < 100; j++) {
                int stream = random.nextInt(100);
                int pasid = random.nextInt(4) == 0 ? random.nextInt(1 << 20) : -1;
                Access access = Access.values()[random.nextInt(3)];
                long iova = iova();
                TranslationReport report = inspector.translate(new TranslationRequest(DeviceId.stream(stream), pasid, iova, access), true);
                assertTrue(report.steps().size() + " steps", report.steps().size() <= MOST_STEPS);
                mapped += report.result() == Result.MAPPED ? 1 : 0;
                faults += report.result() == Result.FAULT ? 1 : 0;
                long answer = model.translate(stream, pasid, iova, access.permission());
                assertTrue(report.result() != Result.MAPPED || answer == Smmuv3Model.PASS_THROUGH || answer == report.output());
                assertTrue(report.result() != Result.FAULT || answer == -1L - Math.max(0, report.fault().code()));
                assertNotNull(inspector.remapInterrupt(new InterruptRequest(DeviceId.stream(stream), iova, 0), true));
            }
        }
        assertTrue(mapped + " mapped, " + faults + " faults", mapped > ROUNDS / 10 && faults > ROUNDS);
    }

    @Test
    public void everyTableCanBeListedAndVerified() {
        for (int i = 0; i < 60; i++) {
            fill();
            TestUnit unit = unit();
            Inspector inspector = unit.inspector();
            inspector.contexts(c -> {
                if (c.table() != null) {
                    c.table().visit(new Few());
                }
            });
            unit.defects();
        }
    }

    @Test
    public void randomRegistersHaveAnswers() {
        for (int i = 0; i < 300; i++) {
            fill();
            TestUnit unit = new TestUnit(memory);
            for (Register register : Registers.ALL) {
                unit.set(register, register.bytes() == 8 ? word() : random.nextInt());
                if (random.nextInt(5) == 0) {
                    unit.forget(register);
                }
            }
            unit.set(ControlRegisters.STRTAB_BASE_CFG, random.nextInt(14) | random.nextInt(32) << 6 | random.nextInt(4) << 16);
            Inspector inspector = unit.inspector();
            assertNotNull(inspector.registers());
            assertNotNull(inspector.queues());
            assertNotNull(inspector.faults());
            unit.defects();
            unit.read(iova());
        }
    }

    /** Gives up after some mappings: loops of tables make very many. */
    private static final class Few implements MappingSink {
        private int left = 10_000;

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
