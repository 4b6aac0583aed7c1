// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Map;

/**
 * Tables in memory and what is done with them.
 *
 * @param registers those that name the structures, by name
 * @param words by address; all other words of the tables' space are zero
 */
record Case(String name, Map<String, Long> registers, Map<Long, Long> words, List<Step> steps) {
}
