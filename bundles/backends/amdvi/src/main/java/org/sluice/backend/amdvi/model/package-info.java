// SPDX-License-Identifier: Apache-2.0

/** The hardware: translates for devices. Knows only bytes in memory and registers. */
package org.sluice.backend.amdvi.model;
