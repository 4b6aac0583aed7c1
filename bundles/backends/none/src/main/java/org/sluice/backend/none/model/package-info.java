// SPDX-License-Identifier: Apache-2.0

/** The hardware: registers, decisions, the fault record. Knows only bytes in memory and its own registers. */
package org.sluice.backend.none.model;
