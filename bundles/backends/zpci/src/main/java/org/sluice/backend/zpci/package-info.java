// SPDX-License-Identifier: Apache-2.0

/** IBM s390 zPCI: DMA tables that each PCI function has of its own, behind an anchor that only an instruction tells. */
package org.sluice.backend.zpci;
