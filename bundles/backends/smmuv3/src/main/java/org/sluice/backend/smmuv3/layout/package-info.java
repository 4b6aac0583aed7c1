// SPDX-License-Identifier: Apache-2.0

/**
 * Every structure, register, command, event record and page-table format of SMMUv3 as data. Bit numbers stand here and nowhere
 * else; the rest of the bundle names fields.
 */
package org.sluice.backend.smmuv3.layout;
