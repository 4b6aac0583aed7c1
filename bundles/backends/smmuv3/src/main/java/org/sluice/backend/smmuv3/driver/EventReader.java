// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.lookup.EventDecoder;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.PhysicalMemory;

/** The event queue from the driver's side (section 7.2). Not thread-safe. */
final class EventReader {
    /** log2 of the bytes of the queue. */
    static final int PAGE_SHIFT = 14;
    private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(EventRecord.BYTES);

    private final UnitPort port;
    private final Ring ring;
    private final Streams streams;

    /** @param page of the queue */
    EventReader(UnitPort port, PhysicalMemory memory, long page, Streams streams) {
        this.port = port;
        this.streams = streams;
        int log2 = (int) Math.min(PAGE_SHIFT - ENTRY_SHIFT, port.identity().get(IdRegisters.IDR1, IdRegisters.EVENTQS));
        ring = Ring.withWrapBit(memory, page, log2, EventRecord.BYTES);
    }

    /** The queue must be off. */
    void start() {
        port.write(QueueRegisters.EVENTQ_BASE, ring.base() | QueueRegisters.LOG2SIZE.put(ring.log2Entries()));
        port.write(QueueRegisters.EVENTQ_PROD, 0);
        port.write(QueueRegisters.EVENTQ_CONS, 0);
        port.switchOn(ControlRegisters.EVENTS_ENABLE);
    }

    /** Takes out what is there, oldest first; an overflow is acknowledged with the last of it. */
    void drain(Consumer<FaultRecord> out) {
        long prod = port.read(QueueRegisters.EVENTQ_PROD);
        long end = QueueRegisters.INDEX.get(prod);
        long cons = QueueRegisters.INDEX.get(port.read(QueueRegisters.EVENTQ_CONS));
        while (!ring.isEmpty(cons, end)) {
            long[] words = new long[EventRecord.BYTES / Long.BYTES];
            for (int i = 0; i < words.length; i++) {
                words[i] = ring.word(cons, i);
            }
            Structure record = Structure.of(EventRecord.of((int) EventRecord.TYPE.get(words[0])), ring.address(cons), words);
            out.accept(EventDecoder.decode(port.unit(), ring.index(cons), true, record, streams));
            cons = ring.next(cons);
        }
        port.write(QueueRegisters.EVENTQ_CONS, cons | QueueRegisters.OVERFLOW_SEEN.put(QueueRegisters.OVERFLOW.get(prod)));
        if (port.errors() != 0) {
            port.acknowledgeErrors();
        }
    }
}
