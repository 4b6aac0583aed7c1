// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import java.util.List;
import java.util.Optional;

/** What the PCI instructions answer: a condition code and, with code 1, a status in the first operand. */
public final class ConditionCodes {
    public static final int OK = 0;
    public static final int ERROR = 1;
    public static final int BUSY = 2;
    public static final int INVALID_HANDLE = 3;

    /** Statuses that code here gives or asks for; all of them with their meaning are in {@link #statuses}. */
    public static final int NOT_ENABLED = 4;
    public static final int FUNCTION_IN_ERROR = 8;
    public static final int FUNCTION_BLOCKED = 12;
    public static final int SPACE_NOT_ENABLED = 28;
    public static final int INSUFFICIENT_RESOURCES = 16;
    public static final int RESOURCE_NOT_AVAILABLE = 4;
    public static final int SEQUENCE = 24;
    public static final int INVALID_SPACE = 28;
    public static final int RECOVERY = 40;
    public static final int PERMANENT_ERROR = 8;

    /** Instructions that share a table of statuses. */
    public enum Instruction {
        /** PCI load, store, store block, and Refresh PCI Translations where it has no status of its own. */
        LOAD_STORE,
        MODIFY_CONTROLS,
        STORE_CONTROLS,
        REFRESH_TRANSLATIONS
    }

    /** A status under condition code 1. */
    public record Status(Instruction instruction, int code, String meaning) {
    }

    private static final List<Status> STATUSES = List.of(
            new Status(Instruction.LOAD_STORE, 4, "function not enabled"),
            new Status(Instruction.LOAD_STORE, 8, "function in error state"),
            new Status(Instruction.LOAD_STORE, 12, "function blocked"),
            new Status(Instruction.LOAD_STORE, 16, "insufficient resources"),
            new Status(Instruction.LOAD_STORE, 20, "invalid address space"),
            new Status(Instruction.LOAD_STORE, 24, "already enabled"),
            new Status(Instruction.LOAD_STORE, 28, "DMA address space not enabled"),
            new Status(Instruction.LOAD_STORE, 36, "second operand in an invalid address space"),
            new Status(Instruction.LOAD_STORE, 40, "function not available"),
            new Status(Instruction.LOAD_STORE, 44, "already in the requested state"),
            new Status(Instruction.MODIFY_CONTROLS, 4, "resource not available"),
            new Status(Instruction.MODIFY_CONTROLS, 16, "insufficient resources"),
            new Status(Instruction.MODIFY_CONTROLS, 24, "sequence: already registered, or nothing to unregister"),
            new Status(Instruction.MODIFY_CONTROLS, 28, "invalid DMA address space"),
            new Status(Instruction.MODIFY_CONTROLS, 32, "invalid frame"),
            new Status(Instruction.MODIFY_CONTROLS, 40, "error recovery in progress"),
            new Status(Instruction.STORE_CONTROLS, 8, "permanent error"),
            new Status(Instruction.STORE_CONTROLS, 28, "invalid DMA address space"),
            new Status(Instruction.STORE_CONTROLS, 40, "error recovery in progress"),
            new Status(Instruction.REFRESH_TRANSLATIONS, 16, "insufficient resources"));

    private ConditionCodes() {
    }

    public static List<Status> statuses() {
        return STATUSES;
    }

    public static Optional<Status> status(Instruction instruction, int code) {
        return STATUSES.stream().filter(s -> s.instruction() == instruction && s.code() == code).findFirst();
    }

    public static String meaning(int conditionCode) {
        return switch (conditionCode) {
            case OK -> "done";
            case ERROR -> "error, see status";
            case BUSY -> "busy, try again";
            case INVALID_HANDLE -> "invalid function handle";
            default -> throw new IllegalArgumentException("condition code " + conditionCode + ": 0 to 3 exist");
        };
    }
}
