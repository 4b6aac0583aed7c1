// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.spi.DeviceTranslation;

/** The queue as a queue, the errors of section 7.1, and SYNC with its signals; what the other commands drop is in {@link StaleEntriesTest}. */
public class CommandQueueTest {
    private static final long SYNC = 0x46;
    private static final int CMDQ_ERR = 1;
    private static final int ILL = 1 << 24;
    private static final int ABT = 2 << 24;
    private static final int ATC_INV_SYNC = 3 << 24;
    private static final int[] EVERY = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x40, 0x41,
        0x44, 0x45, 0x46};

    private final UnitRig rig = UnitRig.started();

    /** The command stops the queue at itself, with that error. */
    private static void refuses(UnitRig rig, long low, long high, int error) {
        int before = rig.registers.read32(UnitRig.CONS) & 0xf_ffff;
        rig.submit(low, high);
        assertEquals(Long.toHexString(low), error | before, rig.registers.read32(UnitRig.CONS));
        assertEquals(CMDQ_ERR, rig.errors());
        rig.machine.put(UnitRig.COMMANDS + 16L * (before & 15), SYNC, 0);
        rig.registers.write32(UnitRig.GERRORN, rig.registers.read32(UnitRig.GERROR));
        assertEquals("goes on behind the SYNC that replaces it", rig.registers.read32(UnitRig.PROD), rig.registers.read32(UnitRig.CONS));
        assertEquals(0, rig.errors());
    }

    @Test
    public void everyCommandIsConsumed() {
        for (int round = 0; round < 3; round++) {
            for (int opcode : EVERY) {
                rig.done(opcode, 0);
            }
        }
        assertTrue("more than once round the queue, by its wrap bit", 3 * EVERY.length > 2 << UnitRig.LOG2);
    }

    @Test
    public void unknownOpcodesAreIllegal() {
        for (int opcode = 0; opcode < 256; opcode++) {
            int code = opcode;
            if (Arrays.stream(EVERY).noneMatch(e -> e == code)) {
                refuses(rig, opcode, 0, ILL);
            }
        }
    }

    /** Chapter 4: a command of what the unit does not have is illegal. */
    @Test
    public void commandsOfAbsentFeaturesAreIllegal() {
        long[][] cases = {{1 << 1, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13}, {1, 0x28, 0x2a}, {1 << 9, 0x20, 0x21, 0x22, 0x23}, {1 << 10, 0x40}, {1 << 16, 0x41}};
        for (long[] c : cases) {
            UnitRig without = UnitRig.started(UnitRig.full().set(IdRegisters.IDR0, UnitRig.IDR0 & ~c[0]));
            for (int i = 1; i < c.length; i++) {
                refuses(without, c[i], 0, ILL);
                rig.done(c[i], 0);
            }
        }
        UnitRig rigid = UnitRig.started(UnitRig.full().set(IdRegisters.IDR0, UnitRig.IDR0 | UnitRig.NEVER_STALLS));
        refuses(rigid, 0x44, 0, ILL);
        refuses(rigid, 0x45, 0, ILL);
        for (long secure : new long[] {0x07, 0x18, 0x1a}) {
            refuses(rig, secure, 0, ILL);
        }
    }

    @Test
    public void secureStreamsAndReservedValuesAreIllegal() {
        for (long opcode : new long[] {0x01, 0x02, 0x03, 0x04, 0x05, 0x06}) {
            refuses(rig, opcode | 1 << 10, 0, ILL);
        }
        refuses(rig, SYNC | 3 << 12, 0, ILL);
        refuses(rig, 0x44 | 3 << 12, 0, ILL);
        refuses(rig, 0x41, 3 << 12, ILL);
        refuses(rig, 0x40, 53, ILL);
    }

    @Test
    public void aCommandThatCannotBeFetchedStopsTheQueue() {
        rig.registers.write32(UnitRig.CR0, 0);
        rig.registers.write64(0x90, 0x7000_0000L | UnitRig.LOG2);
        rig.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
        rig.registers.write32(UnitRig.PROD, 1);
        assertEquals(ABT, rig.registers.read32(UnitRig.CONS));
        assertEquals(CMDQ_ERR, rig.errors());
    }

    @Test
    public void nothingRunsWhileAnErrorIsActive() {
        rig.submit(0xff, 0);
        rig.submit(SYNC, 0);
        rig.submit(SYNC, 0);
        assertEquals(ILL, rig.registers.read32(UnitRig.CONS));
        rig.registers.write32(UnitRig.GERRORN, CMDQ_ERR);
        assertEquals("the same command again", CMDQ_ERR, rig.errors());
        assertEquals("GERROR has toggled twice", 0, rig.registers.read32(UnitRig.GERROR));
        rig.machine.put(UnitRig.COMMANDS, SYNC, 0);
        rig.registers.write32(UnitRig.GERRORN, 0);
        assertEquals(3, rig.registers.read32(UnitRig.CONS));
    }

    @Test
    public void commandsWaitUntilTheQueueIsOn() {
        UnitRig off = UnitRig.reset();
        off.registers.write64(0x90, UnitRig.COMMANDS | UnitRig.LOG2);
        off.submit(SYNC, 0);
        assertEquals(0, off.registers.read32(UnitRig.CONS));
        off.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
        assertEquals(1, off.registers.read32(UnitRig.CONS));
    }

    /** Section 13, example 9: data 0xcafe to the address in the command; what Linux polls. */
    @Test
    public void syncWritesItsMessageToMemory() {
        rig.machine.put(UnitRig.WORD, -1);
        rig.done(SYNC | 1 << 12 | 0xcafeL << 32, UnitRig.WORD | 4);
        assertEquals(0xcafe_ffff_ffffL, rig.machine.memory.readLong(UnitRig.WORD));
        rig.done(SYNC | 0xbeefL << 32, UnitRig.WORD | 4);
        rig.done(SYNC | 2 << 12 | 0xbeefL << 32, UnitRig.WORD | 4);
        rig.done(SYNC | 1 << 12 | 0xbeefL << 32, 0);
        assertEquals("CS = none, an event, no address", 0xcafe_ffff_ffffL, rig.machine.memory.readLong(UnitRig.WORD));
    }

    @Test
    public void syncMessagesOutsideMemoryAreInterrupts() {
        rig.done(SYNC | 1 << 12 | 0x55L << 32, 0x0809_0040L);
        assertEquals(List.of("8090040:55"), rig.messages);
        UnitRig silent = UnitRig.started(UnitRig.full().set(IdRegisters.IDR0, UnitRig.IDR0 & ~(1 << 13)));
        silent.done(SYNC | 1 << 12 | 0x55L << 32, 0x0809_0040L);
        assertEquals("a unit without messages", List.of(), silent.messages);
    }

    /** MSI_CMDQ_ABT_ERR: the command is done all the same. */
    @Test
    public void aSyncMessageThatNobodyTakesIsAGlobalError() {
        InterruptController its = new InterruptController("its", AddressRange.ofSize(0x0809_0000L, 0x1_0000), -1, Attributes.EMPTY);
        UnitRig known = UnitRig.reset(UnitRig.full(), List.of(its)).start();
        known.done(SYNC | 1 << 12, 0x0809_0040L);
        known.submit(SYNC | 1 << 12, 0x0900_0000L);
        assertEquals(1 << 4, known.errors());
        assertEquals(known.registers.read32(UnitRig.PROD), known.registers.read32(UnitRig.CONS));
        known.submit(SYNC | 1 << 12, 0x0900_0000L);
        assertEquals("active already: it does not toggle back", 1 << 4, known.errors());
        known.registers.write32(UnitRig.GERRORN, 1 << 4);
        rig.submit(SYNC | 1 << 12, 1L << 44);
        assertEquals("wider than physical addresses", 1 << 4, rig.errors());
    }

    @Test
    public void anErrorRaisesItsMessage() {
        rig.registers.write64(0x68, UnitRig.WORD);
        rig.registers.write32(0x70, 0x77);
        rig.registers.write32(UnitRig.IRQ_CTRL, 1);
        refuses(rig, 0xff, 0, ILL);
        assertEquals(0x77, rig.machine.memory.readInt(UnitRig.WORD));
        rig.registers.write32(UnitRig.IRQ_CTRL, 0);
        rig.registers.write64(0x68, 1L << 44);
        rig.registers.write32(UnitRig.IRQ_CTRL, 1);
        rig.submit(0xff, 0);
        assertEquals("MSI_GERROR_ABT_ERR beside the error", 1 << 7 | CMDQ_ERR, rig.errors());
    }

    /** CERROR_ATC_INV_SYNC: the SYNC behind an invalidation that no device answers. */
    @Test
    public void aSilentDeviceFailsTheNextSync() {
        rig.unit.deviceTranslation().orElseThrow().setDeviceSide(null);
        rig.done(0x40L | (long) TestUnit.SID << 32, 52);
        rig.submit(SYNC, 0);
        int at = rig.registers.read32(UnitRig.CONS);
        assertEquals(ATC_INV_SYNC, at & 0x7f00_0000);
        assertEquals("at the SYNC", rig.registers.read32(UnitRig.PROD) - 1, at & 0xf_ffff);
        rig.registers.write32(UnitRig.GERRORN, CMDQ_ERR);
        assertEquals("tried again it passes", rig.registers.read32(UnitRig.PROD), rig.registers.read32(UnitRig.CONS));
    }

    /** Section 4.5: pages, a size, everything; with a SubstreamID or without, or of all. */
    @Test
    public void devicesAreToldWhatToForget() {
        long stream = (long) TestUnit.SID << 32;
        rig.done(0x40 | stream, 0x1234_5000L).done(0x40 | stream | 1 << 11 | 5 << 12, 0x1234_5000L | 4).done(0x40 | stream, 52);
        assertEquals(List.of("invalidate 3/-1 12345000-12345fff", "invalidate 3/5 12340000-1234ffff", "invalidate 3/-1 0-ffffffffffffffff"), rig.told);
        rig.told.clear();
        rig.done(0x40 | stream | 1 << 9 | 1 << 11, 52);
        assertEquals("no substream has asked for anything", List.of(), rig.told);
    }

    /** Software has the queue while a command waits for a device, and gives it back elsewhere. */
    @Test
    public void aQueueThatMovesDuringACommandGoesOnWhereItIs() {
        long other = UnitRig.COMMANDS + 0x1000;
        rig.unit.deviceTranslation().orElseThrow().setDeviceSide(new DeviceTranslation.DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                rig.registers.write64(0x90, other | UnitRig.LOG2);
                assertEquals("not while the queue is on", UnitRig.COMMANDS | UnitRig.LOG2, rig.registers.read64(0x90));
                rig.registers.write32(UnitRig.CR0, 0);
                rig.registers.write64(0x90, other | UnitRig.LOG2);
                rig.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                throw new AssertionError();
            }
        });
        rig.machine.put(UnitRig.COMMANDS, 0x40L | (long) TestUnit.SID << 32, 52, SYNC | 1 << 12 | 0x11L << 32, UnitRig.WORD);
        rig.machine.put(other + 16, SYNC | 1 << 12 | 0x99L << 32, UnitRig.WORD);
        rig.registers.write32(UnitRig.PROD, 2);
        assertEquals(0x99, rig.machine.memory.readInt(UnitRig.WORD));
        assertEquals(2, rig.registers.read32(UnitRig.CONS));
    }

    /** Registers of a queue that is smaller than it could be: the lowest size bits count. */
    @Test
    public void theBaseIsAlignedToTheQueue() {
        rig.registers.write32(UnitRig.CR0, 0);
        rig.registers.write64(0x90, UnitRig.COMMANDS + 0x20 | UnitRig.LOG2);
        rig.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
        rig.done(SYNC | 1 << 12 | 0x99L << 32, UnitRig.WORD);
        assertEquals(0x99, rig.machine.memory.readInt(UnitRig.WORD));
    }
}
