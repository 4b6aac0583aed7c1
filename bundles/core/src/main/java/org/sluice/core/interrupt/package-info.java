// SPDX-License-Identifier: Apache-2.0
/** Message interrupts from the device to whoever waits for them: vectors, doorbells, messages, delivery. */
package org.sluice.core.interrupt;
