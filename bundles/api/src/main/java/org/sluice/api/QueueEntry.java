// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.api.layout.FieldValue;

/**
 * One entry of a queue or log in memory or registers.
 *
 * @param queue which queue, {@code invalidation-queue}
 * @param index position
 * @param pending not yet consumed
 * @param structure layout's name
 * @param text one line for people
 */
public record QueueEntry(String queue, int index, long address, boolean pending, String structure, List<Long> words,
        List<FieldValue> fields, String text) {
}
