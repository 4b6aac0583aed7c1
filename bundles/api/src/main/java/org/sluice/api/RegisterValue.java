// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.api.layout.FieldValue;

/**
 * One register with its content.
 *
 * @param offset bytes from the unit's register base
 * @param bits 32, 64 or 128
 * @param words content, 64 bits each, lowest first; empty if it is not known
 * @param fields decoded fields; empty if it is not known
 */
public record RegisterValue(String name, int offset, int bits, List<Long> words, List<FieldValue> fields) {
}
