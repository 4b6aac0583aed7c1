// SPDX-License-Identifier: Apache-2.0

/** Reads what a virtio-iommu does: translations, mappings, requests, reported faults, defects. */
package org.sluice.backend.virtio.inspect;
