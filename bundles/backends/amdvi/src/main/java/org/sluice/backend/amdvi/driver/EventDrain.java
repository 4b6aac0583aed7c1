// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.function.Consumer;
import java.util.function.IntFunction;

import org.sluice.api.FaultRecord;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.backend.amdvi.lookup.EventDecoder;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;

/** The event log from the driver's side: one page, read from head to tail; a log that was full is started again. Not thread-safe. */
final class EventDrain {
    private static final int SHIFT = Integer.numberOfTrailingZeros(LogEntries.EVENT_BYTES);
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(AmdVi.PAGE_BYTES);
    private static final long ENABLED = ControlRegisters.EVENT_LOG.put(1);

    private final UnitPort port;
    private final IntFunction<DeviceId> names;
    private final Ring ring;

    EventDrain(UnitPort port, PhysicalMemory memory, long page, IntFunction<DeviceId> names) {
        this.port = port;
        this.names = names;
        ring = Ring.withOneFree(memory, page, PAGE_SHIFT - SHIFT, LogEntries.EVENT_BYTES, SHIFT);
    }

    void start() {
        stop();
        port.write(ControlRegisters.STATUS, ControlRegisters.EVENT_OVERFLOW.put(1) | ControlRegisters.EVENT_NOTED.put(1));
        port.write(BaseRegisters.EVTLOG_BASE, ring.base() | BaseRegisters.BUFFER_LENGTH.put(PAGE_SHIFT - SHIFT));
        port.write(BaseRegisters.EVTLOG_HEAD, 0);
        port.write(BaseRegisters.EVTLOG_TAIL, 0);
        port.control(ENABLED, 0);
    }

    void stop() {
        port.control(0, ENABLED);
        port.await(() -> !port.status(ControlRegisters.EVENTS_RUN), "did not stop its event log");
    }

    /** Oldest first. Records are wiped, so that a slot that hardware has not filled yet is not taken for an old record. */
    void drain(Consumer<FaultRecord> out) {
        boolean overflow = port.status(ControlRegisters.EVENT_OVERFLOW);
        port.write(ControlRegisters.STATUS, ControlRegisters.EVENT_NOTED.put(1));
        long head = port.read(BaseRegisters.EVTLOG_HEAD);
        long tail = port.read(BaseRegisters.EVTLOG_TAIL);
        while (head != tail) {
            Structure record = Structure.of(LogEntries.EVENT, ring.address(head), ring.word(head, 0), ring.word(head, 1));
            int index = ring.index(head);
            ring.put(head, 0, 0);
            head = ring.next(head);
            port.write(BaseRegisters.EVTLOG_HEAD, head);
            out.accept(EventDecoder.decode(port.unit(), index, record, true, names));
        }
        if (overflow) {
            start();
        }
    }
}
