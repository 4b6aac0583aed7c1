// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

/**
 * What becomes of one {@link InterruptRequest}.
 *
 * @param vector interrupt vector or event number, or -1
 * @param destination processor id, or -1
 * @param mode destination mode, {@code physical} or {@code logical}; empty if there is none
 * @param delivery {@code fixed}, {@code lowest}, {@code nmi}, ...; empty if there is none
 * @param trigger {@code edge} or {@code level}; empty if there is none
 * @param outputAddress where the resulting message goes; only if remapped or passed
 * @param outputData data of the resulting message; only if remapped or passed
 * @param entryIndex index of the remapping entry, or -1
 * @param entryAddress physical address of the remapping entry; only with an index
 * @param entry raw entry, 64 bits each, lowest first; empty if none was read
 * @param fault only if {@link Result#BLOCKED}
 * @param reason one line for people
 * @param steps structures read, in order; empty unless asked for
 */
public record InterruptReport(InterruptRequest request, Result result, int vector, int destination, String mode,
        String delivery, String trigger, long outputAddress, long outputData, int entryIndex, long entryAddress,
        List<Long> entry, Fault fault, String reason, List<TranslationStep> steps) {
    /** The kind of answer; {@code POSTED} is recorded in a descriptor in memory, {@code PASSED} goes on unchanged. */
    public enum Result { REMAPPED, POSTED, PASSED, BLOCKED, UNKNOWN }

    public InterruptReport {
        entry = List.copyOf(entry);
        steps = List.copyOf(steps);
    }

    /** An answer that names no interrupt: blocked, unknown or passed unchanged. */
    public static InterruptReport plain(InterruptRequest request, Result result, Fault fault, String reason) {
        boolean passed = result == Result.PASSED;
        return new InterruptReport(request, result, -1, -1, "", "", "", passed ? request.address() : 0,
                passed ? request.data() : 0, -1, 0, List.of(), fault, reason, List.of());
    }

    /** The same answer with the remapping entry that it rests on. */
    public InterruptReport withEntry(int index, long address, List<Long> words) {
        return new InterruptReport(request, result, vector, destination, mode, delivery, trigger, outputAddress, outputData,
                index, address, words, fault, reason, steps);
    }

    public InterruptReport withSteps(List<TranslationStep> newSteps) {
        return new InterruptReport(request, result, vector, destination, mode, delivery, trigger, outputAddress, outputData,
                entryIndex, entryAddress, entry, fault, reason, newSteps);
    }
}
