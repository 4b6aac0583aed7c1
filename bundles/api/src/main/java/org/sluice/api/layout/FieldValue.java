// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.layout;

/**
 * A decoded field.
 *
 * @param value shifted down to bit 0
 * @param text name of the value, or empty
 */
public record FieldValue(BitField field, long value, String text) {
}
