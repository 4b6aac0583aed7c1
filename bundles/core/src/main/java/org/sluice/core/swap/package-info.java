// SPDX-License-Identifier: Apache-2.0
/** Putting another backend in front of devices while they do DMA, and what happens when backends come and go. */
package org.sluice.core.swap;
