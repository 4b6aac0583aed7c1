// SPDX-License-Identifier: Apache-2.0

/** The driver's half: brings a device up over its registers, asks for mappings by requests, and drains its events. */
package org.sluice.backend.virtio.driver;
