// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

/**
 * The answer to one {@link TranslationRequest}.
 *
 * @param output full output address with offset; only if mapped
 * @param pageSize bytes that the leaf covers, or 0 for pass-through and where no leaf was reached
 * @param permissions what the tables allow ({@link Permissions}), or for pass-through what goes through; else only with a page size
 * @param fault only if {@link Result#FAULT}
 * @param level table level where the walk ended, vendor's numbering, or 0 outside page tables
 * @param reason one line for people
 * @param missing physical address that the answer needs and the image does not hold; only if {@link Result#UNKNOWN} and
 *        the gap is in memory, else null
 * @param steps structures read, in order; empty unless asked for
 */
public record TranslationReport(TranslationRequest request, Result result, long output, long pageSize, int permissions,
        Fault fault, int level, String reason, Long missing, List<TranslationStep> steps) {
    /** The kind of answer. */
    public enum Result { MAPPED, FAULT, UNKNOWN }

    public TranslationReport {
        steps = List.copyOf(steps);
    }

    public static TranslationReport mapped(TranslationRequest request, long output, long pageSize, int permissions, int level) {
        return new TranslationReport(request, Result.MAPPED, output, pageSize, permissions, null, level, "", null, List.of());
    }

    /** The address goes through unchanged, for reading and writing: no tables decide. */
    public static TranslationReport passThrough(TranslationRequest request, String why) {
        return passThrough(request, Permissions.READ_WRITE, why);
    }

    /** The address goes through unchanged, for what the requester's entry permits: no tables decide. */
    public static TranslationReport passThrough(TranslationRequest request, int permissions, String why) {
        return new TranslationReport(request, Result.MAPPED, request.iova(), 0, permissions, null, 0, "pass-through: " + why, null, List.of());
    }

    public static TranslationReport fault(TranslationRequest request, Fault fault, int level, String reason) {
        return new TranslationReport(request, Result.FAULT, 0, 0, 0, fault, level, reason, null, List.of());
    }

    /** @param missing physical address of what the image lacks, or null if it is not memory */
    public static TranslationReport unknown(TranslationRequest request, Long missing, int level, String reason) {
        return new TranslationReport(request, Result.UNKNOWN, 0, 0, 0, null, level, reason, missing, List.of());
    }

    /** The same answer with the leaf it rests on: for a fault, the one that does not permit the access. */
    public TranslationReport withLeaf(long newPageSize, int newPermissions) {
        return new TranslationReport(request, result, output, newPageSize, newPermissions, fault, level, reason, missing, steps);
    }

    public TranslationReport withSteps(List<TranslationStep> newSteps) {
        return new TranslationReport(request, result, output, pageSize, permissions, fault, level, reason, missing, newSteps);
    }
}
