// SPDX-License-Identifier: Apache-2.0

/**
 * Every structure, register, command, record and page-table format of AMD-Vi as data. Bit numbers stand here and nowhere else;
 * the rest of the bundle names fields.
 */
package org.sluice.backend.amdvi.layout;
