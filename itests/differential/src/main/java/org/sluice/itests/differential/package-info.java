// SPDX-License-Identifier: Apache-2.0
/** Compares our models with QEMU's units: the same bytes, registers and accesses go to both, and every difference is explained or reported. */
package org.sluice.itests.differential;
