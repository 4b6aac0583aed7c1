// SPDX-License-Identifier: Apache-2.0

/** virtio-iommu: a paravirtual unit that is asked for mappings by requests and keeps them inside the device, in no table. */
package org.sluice.backend.virtio;
