// SPDX-License-Identifier: Apache-2.0
/** DMA of devices: through the gate and whatever serves their unit, to memory or to a doorbell. */
package org.sluice.core.dma;
