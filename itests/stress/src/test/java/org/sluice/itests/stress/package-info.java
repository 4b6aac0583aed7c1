// SPDX-License-Identifier: Apache-2.0
/** Address spaces, interrupts and swaps over every backend, under load. */
package org.sluice.itests.stress;
