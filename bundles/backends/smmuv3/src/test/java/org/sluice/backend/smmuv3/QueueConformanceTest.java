// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.testkit.backend.QueueConformance;

/** The command queue, with CMD_SYNC and its message as the entry that leaves a number behind (chapter 4, CMD_SYNC). */
public class QueueConformanceTest extends QueueConformance {
    private static final int ENTRIES = 1 << UnitRig.LOG2;
    private static final int COMMAND_BYTES = 16;
    private static final long SYNC_WITH_MESSAGE = 0x46 | 1 << 12;
    private static final long ILLEGAL = 0xff;
    private static final long OUTSIDE = 0x20_0000_0000L;

    /** One memory for every queue of a test: there are hundreds. */
    private final TestUnit machine = UnitRig.full();

    @Override
    protected Queue newQueue() {
        machine.put(UnitRig.COMMANDS, new long[ENTRIES * COMMAND_BYTES / Long.BYTES]).put(UnitRig.WORD, 0);
        UnitRig rig = UnitRig.started(machine);
        return new Queue() {
            @Override
            public int entries() {
                return ENTRIES;
            }

            @Override
            public void put(int index, int number) {
                rig.machine.put(UnitRig.COMMANDS + (long) index * COMMAND_BYTES, (long) number << 32 | SYNC_WITH_MESSAGE, UnitRig.WORD);
            }

            @Override
            public void putBad(int index) {
                rig.machine.put(UnitRig.COMMANDS + (long) index * COMMAND_BYTES, ILLEGAL, 0);
            }

            @Override
            public void ring(int count) {
                rig.registers.write32(UnitRig.PROD, count & 2 * ENTRIES - 1);
            }

            @Override
            public void ringRaw(long value) {
                rig.registers.write32(UnitRig.PROD, (int) value);
            }

            @Override
            public int head() {
                return rig.registers.read32(UnitRig.CONS) & ENTRIES - 1;
            }

            @Override
            public int done() {
                return rig.machine.memory.readInt(UnitRig.WORD);
            }

            @Override
            public boolean isStopped() {
                return rig.errors() != 0;
            }

            @Override
            public void resume() {
                rig.registers.write32(UnitRig.GERRORN, rig.registers.read32(UnitRig.GERROR));
            }

            @Override
            public void moveNowhere() {
                rig.registers.write32(UnitRig.CR0, 0);
                rig.registers.write64(0x90, OUTSIDE | UnitRig.LOG2);
                rig.registers.write32(UnitRig.CR0, UnitRig.SMMUEN | UnitRig.EVENTQEN | UnitRig.CMDQEN);
            }
        };
    }
}
