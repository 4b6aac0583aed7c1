// SPDX-License-Identifier: Apache-2.0

/** From a device id to its tables, and through them, in the steps of the specification. Knows only bytes in memory and registers. */
package org.sluice.backend.riscv.lookup;
