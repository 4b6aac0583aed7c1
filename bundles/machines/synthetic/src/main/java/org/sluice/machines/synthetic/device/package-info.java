// SPDX-License-Identifier: Apache-2.0
/** Devices of made-up machines: they do DMA through whatever serves their unit, and every payload is checked where it should land. */
package org.sluice.machines.synthetic.device;
