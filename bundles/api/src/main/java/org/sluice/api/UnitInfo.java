// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/**
 * One unit of a machine.
 *
 * @param backend backend that reads it, or null
 */
public record UnitInfo(int index, String name, String type, long registerBase, String backend, Status status) {
}
