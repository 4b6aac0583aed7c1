// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/**
 * A guest or device did something that the tables forbid, in the vendor's own terms.
 *
 * @param name the field's name for it, {@code write-not-permitted}, {@code IO_PAGE_FAULT}, {@code F_TRANSLATION}
 * @param code the vendor's number (fault reason, event code), or {@link #NO_CODE}
 * @param meaning one line for people
 * @param clause specification and section that says so
 */
public record Fault(String name, int code, String meaning, String clause) {
    /** The unit gives no number. */
    public static final int NO_CODE = -1;
}
