// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.vfio.port.TranslationPort.PageAnswer;

/** Queues of page requests. */
public final class FaultCalls {
    private final IommufdContext context;

    FaultCalls(IommufdContext context) {
        this.context = context;
    }

    /** A new queue; its id. */
    public int alloc() {
        return context.call(() -> context.objects().add(new FaultQueue(context)).id());
    }

    /** Takes whole groups of requests, oldest first, at most {@code max}. */
    public List<PageFault> read(int queue, int max) {
        return context.call(() -> get(queue).take(max));
    }

    public boolean isReady(int queue) {
        return context.call(() -> get(queue).isReady());
    }

    /** Answers a group; {@code EINVAL} if no such group waits for an answer. */
    public void respond(int queue, int cookie, boolean success) {
        PageAnswer answer = context.call(() -> get(queue).answered(cookie));
        answer.answer(success);
    }

    private FaultQueue get(int queue) {
        return context.objects().get(queue, FaultQueue.class);
    }
}
