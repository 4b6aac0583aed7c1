// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.sluice.spi.UnitModel.InterruptSink;

/** Messages that the unit itself sends: noted while registers are locked, delivered in order when they no longer are. Thread-safe. */
final class Messages {
    private record Message(long address, int data) {
    }

    private final Queue<Message> waiting = new ConcurrentLinkedQueue<>();
    private volatile InterruptSink sink = (address, data) -> { };

    void setSink(InterruptSink newSink) {
        sink = newSink;
    }

    /** To be delivered by the next {@link #deliver}. */
    void note(long address, int data) {
        waiting.add(new Message(address, data));
    }

    /** Sends at once; the caller holds no lock. */
    void send(long address, int data) {
        sink.message(address, data);
    }

    void deliver() {
        for (Message message = waiting.poll(); message != null; message = waiting.poll()) {
            sink.message(message.address, message.data);
        }
    }
}
