// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/**
 * A change of a requester's mappings between two looks.
 *
 * @param millis time since the watch began
 * @param kind {@code appeared}, {@code vanished} or {@code changed}
 * @param mapping as it is now; as it was, if it has vanished
 * @param before as it was, if it has changed; else null
 */
public record MappingChange(long millis, String kind, Mapping mapping, Mapping before) {
}
