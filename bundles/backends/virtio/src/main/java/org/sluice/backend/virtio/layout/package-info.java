// SPDX-License-Identifier: Apache-2.0

/** Configuration space, requests, properties, events, ring elements and codes of the device type as data. All little-endian. */
package org.sluice.backend.virtio.layout;
