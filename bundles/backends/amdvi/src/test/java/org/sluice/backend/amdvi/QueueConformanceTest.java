// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import org.sluice.testkit.backend.QueueConformance;

/** The command buffer, with COMPLETION_WAIT as the entry that leaves a number behind (sheet section 6). */
public class QueueConformanceTest extends QueueConformance {
    private static final int COMMAND_BYTES = 16;
    private static final long BUFFER_ON = 1 << 12;
    private static final int RUNNING = 1 << 4;
    private static final long OUTSIDE = 0x20_0000_0000L;

    @Override
    protected Queue newQueue() {
        UnitRig rig = UnitRig.on();
        return new Queue() {
            @Override
            public int entries() {
                return 256;
            }

            @Override
            public void put(int index, int number) {
                rig.put(UnitRig.COMMANDS + (long) index * COMMAND_BYTES, 0x1000_0000_0000_0001L | UnitRig.STORE, number);
            }

            @Override
            public void putBad(int index) {
                rig.put(UnitRig.COMMANDS + (long) index * COMMAND_BYTES, 0xf000_0000_0000_0000L, 0);
            }

            @Override
            public void ring(int count) {
                rig.registers.write64(UnitRig.CMD_TAIL, (long) count * COMMAND_BYTES & 0xfff);
            }

            @Override
            public void ringRaw(long value) {
                rig.registers.write64(UnitRig.CMD_TAIL, value);
            }

            @Override
            public int head() {
                return (int) rig.registers.read64(UnitRig.CMD_HEAD) / COMMAND_BYTES;
            }

            @Override
            public int done() {
                return rig.machine.memory.readInt(UnitRig.STORE);
            }

            @Override
            public boolean isStopped() {
                return (rig.registers.read32(UnitRig.STATUS) & RUNNING) == 0;
            }

            @Override
            public void resume() {
                rig.registers.write64(Rig.CONTROL, UnitRig.ON & ~BUFFER_ON);
                rig.registers.write64(Rig.CONTROL, UnitRig.ON);
            }

            @Override
            public void moveNowhere() {
                rig.registers.write64(Rig.CONTROL, UnitRig.ON & ~BUFFER_ON);
                rig.registers.write64(UnitRig.CMD_BASE, OUTSIDE | UnitRig.LENGTH);
                rig.registers.write64(Rig.CONTROL, UnitRig.ON);
            }
        };
    }
}
