// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.kit.register.RegisterFile;

/**
 * Fault records and fault status (chapter 7): records are used in turn, a fault that finds its record in use is lost and tells so in
 * PFO, and while PFO is set nothing is recorded. Faults of one source are all recorded: compression is the implementation's choice.
 */
final class FaultRecorder {
    /** Kinds of requests that devices with translation caches make, as AT has them; page requests are told by the type. */
    static final int TRANSLATION_REQUEST = 1;
    static final int TRANSLATED = 2;
    static final int PAGE_REQUEST = -1;

    /** FSTS bits. */
    static final int OVERFLOW = 1;
    static final int QUEUE_ERROR = 1 << 4;
    private static final int PENDING = 1 << 1;
    private static final int COMPLETION_ERROR = 1 << 5;
    private static final int TIMEOUT = 1 << 6;
    private static final int STATUS = OVERFLOW | PENDING | QUEUE_ERROR | COMPLETION_ERROR | TIMEOUT;
    private static final int CLEARABLE = STATUS & ~PENDING;
    private static final int INDEX_SHIFT = 8;
    private static final int INDEX = 0xff << INDEX_SHIFT;

    private static final int RECORD_BYTES = 16;
    /** The record's last word, whose top bit is F. */
    private static final int LAST_WORD = 12;
    private static final int VALID = 1 << 31;
    private static final int FSTS = EventRegisters.FSTS.offset();

    private final RegisterFile registers;
    private final EventMessage event;
    private final Runnable queueErrorCleared;
    private final int base;
    private final int count;
    private int next;

    /** @param queueErrorCleared what software's clearing of FSTS.IQE starts */
    FaultRecorder(RegisterFile registers, EventMessage event, long cap, Runnable queueErrorCleared) {
        this.registers = registers;
        this.event = event;
        this.queueErrorCleared = queueErrorCleared;
        base = offset(cap);
        count = (int) CapabilityRegisters.NFR.get(cap) + 1;
        registers.define(FSTS, 0, 0, CLEARABLE).onWrite(FSTS, this::statusWritten);
        for (int i = 0; i < count; i++) {
            int last = base + i * RECORD_BYTES + LAST_WORD;
            registers.define(last, 0, 0, VALID).onWrite(last, (before, written) -> recordCleared());
        }
    }

    /** First byte of the records. */
    private static int offset(long cap) {
        return (int) CapabilityRegisters.FRO.get(cap) * RECORD_BYTES;
    }

    /** First byte behind the records. */
    static int end(long cap) {
        return offset(cap) + ((int) CapabilityRegisters.NFR.get(cap) + 1) * RECORD_BYTES;
    }

    void recordRequest(int sourceId, int pasid, long iova, int permission, FaultReason reason) {
        recordDevice(sourceId, pasid, iova, permission, reason, 0);
    }

    /** @param kind one of those above, or 0 for an untranslated request */
    void recordDevice(int sourceId, int pasid, long iova, int permission, FaultReason reason, int kind) {
        boolean page = kind == PAGE_REQUEST;
        boolean tagged = pasid != TranslationRequest.NO_PASID;
        record(EventRegisters.FAULT_INFO.address(iova), high(sourceId, reason)
                | EventRegisters.FAULT_TYPE_HIGH.put(page || permission == Permissions.WRITE ? 0 : 1)
                | EventRegisters.FAULT_TYPE_LOW.put(page ? 1 : 0) | EventRegisters.FAULT_KIND.put(page ? 0 : kind)
                | EventRegisters.FAULT_EXECUTE.put(permission == Permissions.EXECUTE ? 1 : 0)
                | EventRegisters.FAULT_PASID_VALID.put(tagged ? 1 : 0) | EventRegisters.FAULT_PASID.put(tagged ? pasid : 0));
    }

    /** @param index of the interrupt entry, or less than 0 if the request did not get that far */
    void recordInterrupt(int sourceId, int index, FaultReason reason) {
        record((long) Math.max(index, 0) << 48, high(sourceId, reason));
    }

    private static long high(int sourceId, FaultReason reason) {
        return EventRegisters.FAULT_SOURCE.put(sourceId) | EventRegisters.FAULT_REASON.put(reason.code()) | EventRegisters.FAULT_VALID.put(1);
    }

    private void record(long low, long high) {
        synchronized (registers) {
            if ((registers.read32(FSTS) & OVERFLOW) != 0) {
                return;
            }
            int at = base + next * RECORD_BYTES;
            if (registers.read32(at + LAST_WORD) < 0) {
                raise(OVERFLOW);
                return;
            }
            registers.set64(at, low);
            registers.set64(at + 8, high);
            if ((registers.read32(FSTS) & PENDING) == 0) {
                registers.change(FSTS, next << INDEX_SHIFT, INDEX);
                raise(PENDING);
            }
            next = (next + 1) % count;
        }
    }

    /** Sets a status bit. It is an event only if no other was set: software has been told of those and will look. */
    void raise(int status) {
        synchronized (registers) {
            boolean quiet = (registers.read32(FSTS) & STATUS) != 0;
            registers.change(FSTS, status, 0);
            if (!quiet) {
                event.raise();
            }
        }
    }

    boolean queueStopped() {
        return (registers.read32(FSTS) & QUEUE_ERROR) != 0;
    }

    private void statusWritten(int before, int written) {
        serviced();
        if ((before & written & QUEUE_ERROR) != 0) {
            queueErrorCleared.run();
        }
    }

    private void recordCleared() {
        for (int i = 0; i < count; i++) {
            if (registers.read32(base + i * RECORD_BYTES + LAST_WORD) < 0) {
                return;
            }
        }
        registers.change(FSTS, 0, PENDING);
        serviced();
    }

    private void serviced() {
        if ((registers.read32(FSTS) & STATUS) == 0) {
            event.serviced();
        }
    }
}
