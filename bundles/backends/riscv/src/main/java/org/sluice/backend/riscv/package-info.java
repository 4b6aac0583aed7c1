// SPDX-License-Identifier: Apache-2.0

/** The RISC-V IOMMU as a decoder: it reads what memory and registers hold and drives nothing. */
package org.sluice.backend.riscv;
