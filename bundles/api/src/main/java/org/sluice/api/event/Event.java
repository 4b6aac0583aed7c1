// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.event;

import java.util.Map;

/**
 * Something that happened.
 *
 * @param topic one of {@link Topics}
 * @param properties texts, numbers and flags by name; {@code docs/events.md} says which there are
 */
public record Event(String topic, Map<String, Object> properties) {
    public Event {
        properties = Map.copyOf(properties);
    }
}
