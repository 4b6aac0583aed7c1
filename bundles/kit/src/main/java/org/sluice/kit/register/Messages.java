// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.sluice.spi.UnitModel.InterruptSink;

/** Messages that the unit itself sends: noted while registers are locked, delivered in order when they no longer are. Thread-safe. */
public final class Messages {
    private record Message(long address, int data) {
    }

    private final Queue<Message> waiting = new ConcurrentLinkedQueue<>();
    /** Whether any may be waiting: every register write asks, and nearly always there is none. */
    private volatile boolean noted;
    private volatile InterruptSink sink = (address, data) -> { };

    public void setSink(InterruptSink newSink) {
        sink = newSink;
    }

    /** To be delivered by the next {@link #deliver}. */
    public void note(long address, int data) {
        waiting.add(new Message(address, data));
        noted = true;
    }

    /** Sends at once; the caller holds no lock. */
    public void send(long address, int data) {
        sink.message(address, data);
    }

    public void deliver() {
        if (!noted) {
            return;
        }
        noted = false; // before they are taken out: what is added meanwhile is noted again
        for (Message message = waiting.poll(); message != null; message = waiting.poll()) {
            sink.message(message.address, message.data);
        }
    }
}
