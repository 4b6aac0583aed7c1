// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/** What a device must be programmed with to raise one interrupt: where it writes, and what. */
public record InterruptMessage(long address, int data) {
}
