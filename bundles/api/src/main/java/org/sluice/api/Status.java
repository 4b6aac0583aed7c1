// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/**
 * State, detail and text, wherever something can be other than well.
 *
 * @param state one of a few fixed words, {@code ACTIVE}, {@code ABSENT}
 * @param detail why, as a fixed word for programs; empty if there is nothing to add
 * @param text one line for people; empty if there is nothing to add
 */
public record Status(String state, String detail, String text) {
}
