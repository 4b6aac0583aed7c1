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
    private volatile InterruptSink sink = (address, data) -> { };

    public void setSink(InterruptSink newSink) {
        sink = newSink;
    }

    /** To be delivered by the next {@link #deliver}. */
    public void note(long address, int data) {
        waiting.add(new Message(address, data));
    }

    /** Sends at once; the caller holds no lock. */
    public void send(long address, int data) {
        sink.message(address, data);
    }

    public void deliver() {
        for (Message message = waiting.poll(); message != null; message = waiting.poll()) {
            sink.message(message.address, message.data);
        }
    }
}
