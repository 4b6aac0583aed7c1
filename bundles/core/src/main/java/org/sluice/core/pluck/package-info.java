// SPDX-License-Identifier: Apache-2.0
/** Taking pages of a running guest away from DMA, with its consent, and giving them back. */
package org.sluice.core.pluck;
