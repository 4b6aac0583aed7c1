// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

/**
 * The environment failed: a file, a machine, a backend, a limit. The message is one line for the user: what, why, and what
 * to try. Faults of the modelled hardware are values and never this exception.
 */
public class IommuException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why, for callers that decide by it. */
    public enum Reason {
        NOT_FOUND, BAD_FORMAT, TRUNCATED, UNSUPPORTED, UNKNOWN_DEVICE, UNKNOWN_UNIT, NO_BACKEND, ALREADY_OPEN, CONFLICT,
        LIMIT, UNKNOWN_MEMORY, UNKNOWN_REGISTER, IO
    }

    private final Reason reason;
    private final transient AddressRange range;

    public IommuException(Reason reason, String message) {
        this(reason, message, null, null);
    }

    public IommuException(Reason reason, String message, Throwable cause) {
        this(reason, message, null, cause);
    }

    /** @param range the addresses concerned, or null */
    public IommuException(Reason reason, String message, AddressRange range, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.range = range;
    }

    public Reason reason() {
        return reason;
    }

    /** The addresses concerned, or null. */
    public AddressRange range() {
        return range;
    }
}
