// SPDX-License-Identifier: Apache-2.0

/** The few registers of a unit without translation, and its faults, as data. Bit numbers stand here and nowhere else. */
package org.sluice.backend.none.layout;
