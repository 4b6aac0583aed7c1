// SPDX-License-Identifier: Apache-2.0

/** Tells people and tools what a unit's structures say: reports, decoded registers, queues and faults, defects. */
package org.sluice.backend.riscv.inspect;
