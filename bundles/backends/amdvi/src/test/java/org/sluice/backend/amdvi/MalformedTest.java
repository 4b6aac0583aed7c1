// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Random bytes as every structure, by the thousand: an answer each time, soon, and never an exception. */
public class MalformedTest {
    private static final int RAM_PAGES = 64;
    private final Random random = Seed.random();

    /** RAM of which a third of the pages is not in the image. */
    private static PhysicalMemory holes() {
        PhysicalMemory.Builder builder = PhysicalMemory.builder().ram(AddressRange.ofSize(0, RAM_PAGES * 4096L));
        for (int page = 0; page < RAM_PAGES; page++) {
            if (page % 3 != 2) {
                builder.data(page * 4096L, ByteBuffer.allocateDirect(4096), true);
            }
        }
        return builder.build();
    }

    /** A word that is plausible: an address in RAM, flags that let a walk go on, and some noise. */
    private long plausible() {
        long address = random.nextInt(RAM_PAGES + 2) * 4096L;
        long next = (long) random.nextInt(8) << 9;
        long noise = random.nextInt(8) == 0 ? 1L << random.nextInt(64) : 0;
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> 0;
            default -> 0x6000_0000_0000_0003L | address | next ^ noise;
        };
    }

    private Rig scribble(PhysicalMemory memory) {
        for (AddressRange range : memory.present()) {
            for (long at = range.start(); Long.compareUnsigned(at, range.last()) < 0; at += 8) {
                memory.writeLong(at, plausible());
            }
        }
        Rig rig = new Rig(memory);
        rig.register(0, random.nextInt(RAM_PAGES) * 4096L | random.nextInt(4));
        rig.register(Rig.CONTROL, random.nextLong() & ~(7L << 34) | 1);
        for (int offset : new int[] {0x8, 0x10, 0x38, 0xe0}) {
            rig.register(offset, random.nextInt(RAM_PAGES) * 4096L | (long) random.nextInt(10) << 56);
        }
        for (int offset : new int[] {Rig.EFR, Rig.EXCL_BASE, Rig.EXCL_LIMIT, 0x2000, 0x2008, 0x2010, 0x2018, 0x2030, 0x2038, 0x2040, 0x2048}) {
            rig.register(offset, random.nextLong());
        }
        return rig;
    }

    @Test
    public void translationsAlwaysHaveAnAnswer() {
        PhysicalMemory memory = holes();
        int[] results = new int[3];
        for (int round = 0; round < 40; round++) {
            Inspector inspector = scribble(memory).inspector();
            for (int i = 0; i < 500; i++) {
                DeviceId device = DeviceId.ofRequester(0, random.nextInt(600));
                int pasid = random.nextBoolean() ? Rig.NO_PASID : random.nextInt(1 << 20);
                long iova = random.nextInt(3) == 0 ? random.nextLong() : random.nextLong() & (1L << random.nextInt(63)) - 1;
                TranslationReport report = inspector.translate(new TranslationRequest(device, pasid, iova, Access.values()[random.nextInt(3)]), true);
                results[report.result().ordinal()]++;
                assertTrue(report.steps().size() < 64);
                assertNotNull(inspector.remapInterrupt(new InterruptRequest(device, 0xfee0_0000L, random.nextInt()), true).result());
                assertNotNull(inspector.context(device, pasid).state());
            }
        }
        assertTrue(results[0] > 100 && results[1] > 100 && results[2] > 100);
    }

    @Test(timeout = 60_000)
    public void surveysEnd() {
        PhysicalMemory memory = holes();
        for (int round = 0; round < 20; round++) {
            Inspector inspector = scribble(memory).inspector();
            int[] left = {2000};
            inspector.contexts(c -> {
                if (c.table() != null && left[0]-- > 0) {
                    int[] mappings = {1000};
                    c.table().visit(new MappingSink() {
                        @Override
                        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                            return mappings[0]-- > 0;
                        }

                        @Override
                        public boolean unknown(long iova, long last, long tableAddress) {
                            return mappings[0]-- > 0;
                        }
                    });
                }
            });
            inspector.verify(null, new Defects());
            inspector.verify(DeviceId.ofRequester(0, random.nextInt(256)), new Defects());
            inspector.registers();
            inspector.queues();
            inspector.faults();
        }
    }
}
