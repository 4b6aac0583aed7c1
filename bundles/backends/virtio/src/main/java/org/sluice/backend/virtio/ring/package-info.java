// SPDX-License-Identifier: Apache-2.0

/** Virtqueues in memory, split and packed: the device's end and the driver's. Neither knows what travels in them. */
package org.sluice.backend.virtio.ring;
