// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

/**
 * One structure that a translation read.
 *
 * @param structure name of the {@linkplain org.sluice.api.layout.StructureLayout layout} or table format
 * @param address physical address of the entry
 * @param words raw entry, 64 bits each, lowest first
 * @param level table level, vendor's numbering, or 0 outside page tables
 * @param note what the entry said, one line
 */
public record TranslationStep(String structure, long address, List<Long> words, int level, String note) {
}
