// SPDX-License-Identifier: Apache-2.0

/** RISC-V IOMMU structures, registers, records and table formats as data, with the clauses they come from. */
package org.sluice.backend.riscv.layout;
