// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.testkit.backend.QueueConformance;

/** The invalidation queue, with descriptors of both widths. */
@RunWith(Parameterized.class)
public class QueueConformanceTest extends QueueConformance {
    private static final long OUTSIDE = 0x20_0000_0000L;
    private static final int QUEUE_ERROR = 1 << 4;
    private static final int IQA = 0x90;

    @Parameters(name = "256-bit {0}")
    public static Object[] widths() {
        return new Object[] {false, true};
    }

    private final boolean wide;

    public QueueConformanceTest(boolean wide) {
        this.wide = wide;
    }

    @Override
    protected Queue newQueue() {
        int bytes = wide ? 32 : 16;
        UnitRig rig = UnitRig.legacy(new TestUnit()).queue(wide);
        return new Queue() {
            @Override
            public int entries() {
                return 4096 / bytes;
            }

            @Override
            public void put(int index, int number) {
                rig.machine.put(UnitRig.QUEUE + (long) index * bytes, (long) number << 32 | 0x25, UnitRig.STATUS);
            }

            @Override
            public void putBad(int index) {
                rig.machine.put(UnitRig.QUEUE + (long) index * bytes, 0xf, 0);
            }

            @Override
            public void ring(int count) {
                rig.registers.write64(UnitRig.IQT, (long) count * bytes & 0xfff);
            }

            @Override
            public void ringRaw(long value) {
                rig.registers.write64(UnitRig.IQT, value);
            }

            @Override
            public int head() {
                return (int) rig.registers.read64(UnitRig.IQH) / bytes;
            }

            @Override
            public int done() {
                return rig.machine.context().memory().readInt(UnitRig.STATUS);
            }

            @Override
            public boolean isStopped() {
                return (rig.registers.read32(UnitRig.FSTS) & QUEUE_ERROR) != 0;
            }

            @Override
            public void resume() {
                rig.registers.write32(UnitRig.FSTS, QUEUE_ERROR);
            }

            @Override
            public void moveNowhere() {
                rig.registers.write64(IQA, OUTSIDE | (wide ? 1 << 11 : 0));
            }
        };
    }
}
