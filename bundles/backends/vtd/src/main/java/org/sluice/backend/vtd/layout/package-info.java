// SPDX-License-Identifier: Apache-2.0

/**
 * Every structure, register, descriptor, record and page-table format of VT-d as data. Bit numbers stand here and nowhere else;
 * the rest of the bundle names fields.
 */
package org.sluice.backend.vtd.layout;
