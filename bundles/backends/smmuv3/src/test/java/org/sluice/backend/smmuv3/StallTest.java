// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.Permissions;

/** Section 3.12.2: a fault of a stream that stalls makes the transaction wait until software has answered. */
public class StallTest {
    /** As long as a loaded machine may take to let another thread run. */
    private static final long LIMIT_NANOS = 30_000_000_000L;
    private static final long IOVA = 0x1234_5678L;
    private static final long LEAF = 0x4000_0f47L;
    private static final long RESUME = 0x44;
    private static final long TERM = 0x45;
    private static final int TERMINATE = 0;
    private static final int RETRY = 1 << 12;
    private static final int ABORT = 2 << 12;

    private final ExecutorService devices = Executors.newCachedThreadPool();
    private final TestUnit machine = UnitRig.full().plain().cd(TestUnit.cd0(16) | 1L << 44, TestUnit.ROOT, 0, 0xff);
    private UnitRig rig = UnitRig.started(machine);

    @After
    public void stop() {
        devices.shutdownNow();
    }

    private Future<Long> read(long iova) {
        return devices.submit(() -> rig.read(iova));
    }

    /** Waits for an event and gives its tag; the record must be that of a stalled fault. */
    private int stalled(int code, long address) {
        String event = next();
        long tag = Long.parseLong(event.split(" ")[1], 16) & 0xffff;
        long word1 = 0x208_8000_0000L | tag;
        assertEquals("3000000" + Integer.toHexString(code) + " " + Long.toHexString(word1) + " " + Long.toHexString(address) + " 0", event);
        return (int) tag;
    }

    private String next() {
        long start = System.nanoTime();
        while (rig.registers.read32(UnitRig.EVENTQ_PROD) == rig.registers.read32(UnitRig.EVENTQ_CONS)) {
            assertTrue("no event came", System.nanoTime() - start < LIMIT_NANOS);
            Thread.onSpinWait();
        }
        List<String> events = rig.events();
        assertEquals(1, events.size());
        return events.get(0);
    }

    private static long get(Future<Long> answer) throws InterruptedException, ExecutionException {
        try {
            return answer.get(LIMIT_NANOS, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the transaction still waits", e);
        }
    }

    private static long sid(int stream) {
        return (long) stream << 32;
    }

    @Test
    public void aRetryFindsWhatSoftwareHasMapped() throws Exception {
        Future<Long> answer = read(IOVA);
        int tag = stalled(0x10, IOVA);
        machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, LEAF);
        rig.done(RESUME | RETRY | sid(TestUnit.SID), tag);
        assertEquals(0x4000_0678L, get(answer));
    }

    @Test
    public void aRetryMayFaultAgain() throws Exception {
        Future<Long> answer = read(IOVA);
        rig.done(RESUME | RETRY | sid(TestUnit.SID), stalled(0x10, IOVA));
        int again = stalled(0x10, IOVA);
        machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, LEAF & ~0x400);
        rig.done(RESUME | RETRY | sid(TestUnit.SID), again);
        rig.done(RESUME | ABORT | sid(TestUnit.SID), stalled(0x12, IOVA));
        assertEquals(UnitRig.fault(0x12), get(answer));
    }

    @Test
    public void terminatedAndAbortedDoNotGoOut() throws Exception {
        for (int how : new int[] {TERMINATE, ABORT}) {
            Future<Long> answer = read(IOVA);
            rig.done(RESUME | how | sid(TestUnit.SID), stalled(0x10, IOVA));
            assertEquals(UnitRig.fault(0x10), get(answer));
        }
    }

    /** RESUME names stream and tag; STALL_TERM all of a stream; others go on waiting. */
    @Test
    public void answersReachWhomTheyName() throws Exception {
        Future<Long> first = read(IOVA);
        int tag = stalled(0x10, IOVA);
        Future<Long> second = read(IOVA + 0x1000);
        int other = stalled(0x10, IOVA + 0x1000);
        assertTrue(tag != other);
        rig.done(RESUME | ABORT | sid(TestUnit.SID + 1), tag).done(RESUME | ABORT | sid(TestUnit.SID), 0xffff).done(TERM | sid(TestUnit.SID + 1), 0);
        rig.done(RESUME | ABORT | sid(TestUnit.SID), other);
        assertEquals(UnitRig.fault(0x10), get(second));
        assertTrue("named by nobody", !first.isDone());
        rig.done(TERM | sid(TestUnit.SID), 0);
        assertEquals(UnitRig.fault(0x10), get(first));
    }

    /** IDR5.STALL_MAX = 4: a fifth waits for a place, and has its event then. */
    @Test
    public void noMoreWaitThanTheUnitCanHold() throws Exception {
        for (int i = 0; i < 4; i++) {
            read(IOVA);
            stalled(0x10, IOVA);
        }
        Future<Long> fifth = read(IOVA + 0x1000);
        rig.done(RESUME | ABORT | sid(TestUnit.SID), 2);
        assertEquals("the place that became free", 2, stalled(0x10, IOVA + 0x1000));
        rig.done(TERM | sid(TestUnit.SID), 0);
        assertEquals(UnitRig.fault(0x10), get(fifth));
    }

    /** A stall is never lost to a full queue. */
    @Test
    public void aFullQueueDelaysTheEvent() throws Exception {
        for (int i = 0; i < 16; i++) {
            rig.translate(TestUnit.SID, 5, IOVA, Permissions.READ);
        }
        FutureTask<Long> answer = new FutureTask<>(() -> rig.read(IOVA));
        waiting(new Thread(answer));
        assertEquals(16, rig.events().size());
        int tag = stalled(0x10, IOVA);
        assertEquals("no overflow", 17, rig.registers.read32(UnitRig.EVENTQ_PROD));
        rig.done(RESUME | ABORT | sid(TestUnit.SID), tag);
        assertEquals(UnitRig.fault(0x10), get(answer));
    }

    /** Starts a device and returns once it waits. */
    private static void waiting(Thread device) {
        long start = System.nanoTime();
        device.start();
        while (device.getState() != Thread.State.TIMED_WAITING) {
            assertTrue("the device does not wait", System.nanoTime() - start < LIMIT_NANOS);
            Thread.onSpinWait();
        }
    }

    /** A thread that was told to end does not wait, and hears of it behind the model too. */
    @Test
    public void aDeviceThatIsToldToEndIsTerminated() {
        Thread.currentThread().interrupt();
        long told = rig.read(IOVA);
        assertTrue("still interrupted", Thread.interrupted());
        assertEquals(UnitRig.fault(0x10), told);
    }

    /** Recorded whatever CD.R says, or nobody could answer. */
    @Test
    public void stalledFaultsAreAlwaysRecorded() throws Exception {
        machine.cd(TestUnit.cd0(16) & ~(1L << 45) | 1L << 44);
        rig = UnitRig.started(machine);
        Future<Long> answer = read(IOVA);
        rig.done(RESUME | ABORT | sid(TestUnit.SID), stalled(0x10, IOVA));
        assertEquals(UnitRig.fault(0x10), get(answer));
    }

    @Test
    public void stageTwoStallsByItsOwnFlag() throws Exception {
        machine.ste(0xd, 0, TestUnit.s2(20, 2, 0) | 1L << 57, TestUnit.ROOT);
        rig = UnitRig.started(machine);
        Future<Long> answer = read(IOVA);
        assertEquals("300000010 28880000000 12345678 12345000", next());
        rig.done(TERM | sid(TestUnit.SID), 0);
        assertEquals(UnitRig.fault(0x10), get(answer));
        machine.ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0) | 1L << 57, TestUnit.ROOT2);
        rig = UnitRig.started(machine);
        answer = read(IOVA);
        assertEquals("on the way to the context descriptor", "300000010 8880000000 12345678 80010000", next());
        rig.done(TERM | sid(TestUnit.SID), 0);
        assertEquals(UnitRig.fault(0x10), get(answer));
    }

    @Test
    public void configurationFaultsDoNotStall() {
        machine.cd(TestUnit.cd0(16) & ~(1L << 31) | 1L << 44);
        rig = UnitRig.started(machine);
        assertEquals(UnitRig.fault(0x0a), rig.read(IOVA));
    }

    @Test
    public void switchingTranslationOffEndsTheWait() throws Exception {
        Future<Long> answer = read(IOVA);
        stalled(0x10, IOVA);
        rig.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
        assertEquals(UnitRig.fault(0x10), get(answer));
    }

    /** Section 4.6: RESUME has no effect on what does not stall, and what translation off or STALL_TERM has terminated does not any more. */
    @Test
    public void whatIsTerminatedCannotBeRetried() throws Exception {
        for (boolean off : new boolean[] {true, false}) {
            rig = UnitRig.started(machine);
            Future<Long> answer = read(IOVA);
            int tag = stalled(0x10, IOVA);
            if (off) {
                rig.registers.write32(UnitRig.CR0, UnitRig.CMDQEN);
            } else {
                machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, LEAF);
                rig.done(TERM | sid(TestUnit.SID), 0);
            }
            rig.done(RESUME | RETRY | sid(TestUnit.SID), tag);
            assertEquals(UnitRig.fault(0x10), get(answer));
        }
    }

    /** And what goes on is not stalled either. */
    @Test
    public void whatIsRetriedCannotBeTerminated() throws Exception {
        Future<Long> answer = read(IOVA);
        int tag = stalled(0x10, IOVA);
        machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, LEAF);
        rig.done(RESUME | RETRY | sid(TestUnit.SID), tag).done(TERM | sid(TestUnit.SID), 0).done(RESUME | ABORT | sid(TestUnit.SID), tag);
        assertEquals(0x4000_0678L, get(answer));
    }

    /** Not of the architecture: callers of the model hold resources, so that nobody waits for ever. */
    @Test
    public void whatNobodyAnswersIsTerminated() throws Exception {
        Future<Long> answer = read(IOVA);
        assertEquals(UnitRig.fault(0x10), get(answer));
        stalled(0x10, IOVA);
    }
}
