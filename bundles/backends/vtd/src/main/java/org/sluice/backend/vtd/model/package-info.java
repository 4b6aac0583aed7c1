// SPDX-License-Identifier: Apache-2.0

/** The hardware: translates and remaps for devices from bytes in memory and registers. Knows no driver. */
package org.sluice.backend.vtd.model;
