// SPDX-License-Identifier: Apache-2.0
/** Units that are driven: a backend's model and driver in front of devices, and the gate that their DMA passes. */
package org.sluice.core.unit;
