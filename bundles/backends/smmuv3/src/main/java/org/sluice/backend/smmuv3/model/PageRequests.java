// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.model.OutputQueue.Outcome;
import org.sluice.kit.register.RegisterFile;

/** The page request queue (section 8.1 and 8.2). Thread-safe; messages are noted, and sent by the caller. */
final class PageRequests {
    /** Answers of the PCI Express specification. */
    static final int SUCCESS = 0;
    static final int INVALID = 1;
    static final int FAILURE = 15;
    /** Software will answer. */
    static final int QUEUED = -1;

    private final RegisterFile registers;
    private final OutputQueue queue;
    private final MessageSource source;
    private final GlobalErrors errors;

    PageRequests(RegisterFile registers, OutputQueue queue, MessageSource source, GlobalErrors errors) {
        this.registers = registers;
        this.queue = queue;
        this.source = source;
        this.errors = errors;
    }

    /** What a device hears of an answer that software has given by PRI_RESP. */
    static int code(int answer) {
        return answer == Command.PAGES_MAPPED ? SUCCESS : answer == Command.PAGES_FAILED ? FAILURE : INVALID;
    }

    /** Puts a request where software finds it; {@link #QUEUED}, or the answer that the unit itself gives to the last of a group. */
    int put(int streamId, int substream, long address, int permissions, int group, boolean last) {
        long low = EventRecord.REQUEST_SID.put(streamId) | (substream < 0 ? 0 : EventRecord.REQUEST_SSV.put(1) | EventRecord.REQUEST_SSID.put(substream))
                | EventRecord.REQUEST_READ.put(permissions & Permissions.READ) | EventRecord.REQUEST_WRITE.put((permissions & Permissions.WRITE) >> 1)
                | EventRecord.REQUEST_EXECUTE.put((permissions & Permissions.EXECUTE) >> 2) | EventRecord.REQUEST_LAST.put(last ? 1 : 0);
        long high = EventRecord.REQUEST_GROUP.put(group) | EventRecord.REQUEST_ADDRESS.address(address);
        synchronized (registers) {
            long enables = registers.read32(ControlRegisters.CR0.offset());
            if (ControlRegisters.SMMU_ENABLE.get(enables) == 0 || ControlRegisters.PAGE_REQUESTS_ENABLE.get(enables) == 0
                    || errors.active(ControlRegisters.PAGE_REQUEST_ABORT)) {
                return FAILURE;
            }
            // While an overflow is not acknowledged nothing is taken, so that no group is left with a hole.
            boolean first = queue.isEmpty();
            Outcome outcome = queue.overflowed() ? Outcome.FULL : queue.put(low, high);
            if (outcome == Outcome.ABORTED) {
                errors.raise(ControlRegisters.PAGE_REQUEST_ABORT);
                return FAILURE;
            }
            if (outcome == Outcome.FULL) {
                queue.overflow();
                return SUCCESS;
            }
            boolean onlyLast = QueueRegisters.ONLY_LAST.get(registers.read32(QueueRegisters.PAGE_REQUEST_MESSAGE.get(2).offset())) != 0;
            if (onlyLast ? last : first) {
                source.raise();
            }
            return QUEUED;
        }
    }
}
