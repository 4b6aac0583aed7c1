// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/**
 * Where two machines differ.
 *
 * @param kind {@code only-left}, {@code only-right} or {@code changed}
 * @param left mapping in the first machine, or null
 * @param right mapping in the second machine, or null
 */
public record Difference(String kind, Mapping left, Mapping right) {
}
