// SPDX-License-Identifier: Apache-2.0

/** Reads the device's virtqueues out of the memory of a stopped machine. */
package org.sluice.backend.virtio.queue;
