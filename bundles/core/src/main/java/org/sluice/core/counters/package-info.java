// SPDX-License-Identifier: Apache-2.0
/** Counters of units, spaces and interrupts as management beans. */
package org.sluice.core.counters;
