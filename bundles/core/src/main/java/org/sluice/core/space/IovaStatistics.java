// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

/**
 * What an {@link IovaAllocator} has done and what its space looks like.
 *
 * @param allocations ranges handed out since the start
 * @param failures requests that found no room
 * @param live ranges handed out and not taken back
 * @param liveBytes their bytes
 * @param span bytes from the end that is filled first to the farthest one in use, reserved ranges not counted
 * @param waste free bytes within the span
 * @param holes free stretches within the span
 * @param largestHole bytes of the largest free stretch anywhere; 0 if there is none
 */
public record IovaStatistics(long allocations, long failures, long live, long liveBytes, long span, long waste, long holes,
        long largestHole) {
}
