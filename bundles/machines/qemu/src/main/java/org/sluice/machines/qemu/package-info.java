// SPDX-License-Identifier: Apache-2.0
/** Attaches to a running QEMU: shared RAM, registers and devices over QMP; reads, and never writes to the guest. */
package org.sluice.machines.qemu;
