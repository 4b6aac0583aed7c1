// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.sluice.machine.IommuException;

/** Something was refused, with all reasons, and nothing has changed. The message is the first reason with its way out. */
public final class RefusedException extends IommuException {
    private static final long serialVersionUID = 1L;

    private final transient List<Refusal> refusals;

    /** @param refusals at least one, the most important first */
    public RefusedException(List<Refusal> refusals) {
        super(Reason.CONFLICT, refusals.get(0).line() + (refusals.size() == 1 ? "" : " (and " + (refusals.size() - 1) + " more reasons)"),
                refusals.get(0).range(), null);
        this.refusals = List.copyOf(refusals);
    }

    public RefusedException(Refusal refusal) {
        this(List.of(refusal));
    }

    public List<Refusal> refusals() {
        return refusals;
    }

    /** The rule of the first reason. */
    public Refusal.Rule rule() {
        return refusals.get(0).rule();
    }
}
