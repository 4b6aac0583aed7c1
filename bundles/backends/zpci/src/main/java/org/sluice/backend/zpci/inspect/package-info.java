// SPDX-License-Identifier: Apache-2.0

/** Reads what a zPCI unit's functions do: translations, mappings, defects, and anchors that nobody described. */
package org.sluice.backend.zpci.inspect;
