// SPDX-License-Identifier: Apache-2.0

/** Opens memory images, registers and traces of a stopped machine, read-only. */
package org.sluice.machines.capture;
