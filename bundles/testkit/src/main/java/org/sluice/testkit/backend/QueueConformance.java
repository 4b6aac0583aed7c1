// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.testkit.Seed;

/**
 * A unit's command queue: entries are done once, in order, round after round; a bad one stops the queue where it stands; no pointer and
 * no base leads anywhere else. A backend subclasses this and gives a {@link #newQueue} over the registers and memory of its model.
 */
public abstract class QueueConformance {
    private static final int ROUNDS = 3;
    private static final int POINTERS = 300;

    /** The queue as software sees it. Pointers are counted in entries since the queue was switched on. */
    protected interface Queue {
        int entries();

        /** Writes an entry that leaves {@code number} behind when it is done. */
        void put(int index, int number);

        /** Writes an entry that no unit understands. */
        void putBad(int index);

        /** Rings: so many entries were put in all. */
        void ring(int count);

        /** Writes the tail register as it is. */
        void ringRaw(long value);

        /** Index of the entry that is next. */
        int head();

        /** The number that was left last. */
        int done();

        boolean isStopped();

        /** Lets a stopped queue go on. */
        void resume();

        /** Lays the queue where there is no memory. */
        void moveNowhere();
    }

    /** A queue that is on and empty; {@link Queue#done} is 0. */
    protected abstract Queue newQueue();

    @Test
    public final void entriesAreDoneInOrderRoundAfterRound() {
        Queue queue = newQueue();
        for (int number = 1; number <= ROUNDS * queue.entries(); number++) {
            queue.put((number - 1) % queue.entries(), number);
            assertEquals("not before it is rung for", number - 1, queue.done());
            queue.ring(number);
            assertEquals(number, queue.done());
            assertEquals(number % queue.entries(), queue.head());
        }
        assertFalse(queue.isStopped());
    }

    /** As many as there is room for at once, over the end too. */
    @Test
    public final void batchesOfAnySizeAreDone() {
        Random random = Seed.random();
        Queue queue = newQueue();
        int number = 0;
        for (int round = 0; round < 20 * ROUNDS; round++) {
            int size = round % 4 == 0 ? queue.entries() - 1 : 1 + random.nextInt(queue.entries() - 1);
            for (int i = 0; i < size; i++) {
                queue.put(number % queue.entries(), number + 1);
                number++;
            }
            queue.ring(number);
            assertEquals(number, queue.done());
            assertEquals(number % queue.entries(), queue.head());
        }
    }

    @Test
    public final void aBadEntryStopsTheQueueWhereItStands() {
        Queue queue = newQueue();
        queue.put(0, 1);
        queue.putBad(1);
        queue.put(2, 3);
        queue.ring(3);
        assertTrue(queue.isStopped());
        assertEquals(1, queue.done());
        assertEquals(1, queue.head());
        queue.put(3, 4);
        queue.ring(4);
        assertEquals("stopped", 1, queue.done());
        queue.put(1, 2);
        queue.resume();
        assertFalse(queue.isStopped());
        assertEquals(4, queue.done());
        assertEquals(4, queue.head());
    }

    @Test
    public final void aQueueWhereThereIsNoMemoryDoesNothing() {
        Queue queue = newQueue();
        queue.put(0, 1);
        queue.moveNowhere();
        queue.ring(1);
        assertEquals(0, queue.done());
        assertTrue(queue.isStopped());
    }

    /** Whatever stands in the tail, the head stays in the queue, and what is there is done in order or not at all. */
    @Test(timeout = 60_000)
    public final void noTailLeadsOutOfTheQueue() {
        Random random = Seed.random();
        for (int i = 0; i < POINTERS; i++) {
            Queue queue = newQueue();
            for (int index = 0; index < queue.entries(); index++) {
                queue.put(index, index + 1);
            }
            queue.ringRaw(random.nextLong() >>> random.nextInt(Long.SIZE));
            int head = queue.head();
            assertTrue("head " + head, head >= 0 && head < queue.entries());
            assertEquals("what lies before the head is done", head, queue.done() % queue.entries());
        }
    }
}
