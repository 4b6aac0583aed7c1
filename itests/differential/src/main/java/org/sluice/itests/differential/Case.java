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
    /** A word of the structures as it stands before a step. */
    long word(long address, int step) {
        long value = words.getOrDefault(address, 0L);
        for (Step done : steps.subList(0, step)) {
            if (done instanceof Step.Store store && store.address() == address) {
                value = store.value();
            }
        }
        return value;
    }
}
