// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/**
 * How full a space is where addresses are chosen: from its lowest address up, at the lowest that fits. All sizes are bytes, unsigned.
 *
 * @param span from address 0 to the last in use
 * @param waste free bytes within the span
 * @param holes free stretches within the span
 * @param largestHole the largest free stretch anywhere; 0 if there is none, or it is all 2^64
 */
public record PlacementStatistics(long span, long waste, long holes, long largestHole) {
}
