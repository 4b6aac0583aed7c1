// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

/**
 * Refreshes asked for so far.
 *
 * @param ranges of ranges in which something was unmapped
 * @param maps of ranges in which something was only mapped
 * @param full of everything, because the unit lacked resources
 */
public record RefreshCounts(long ranges, long maps, long full) {
}
