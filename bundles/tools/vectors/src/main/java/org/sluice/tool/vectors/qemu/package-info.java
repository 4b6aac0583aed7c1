// SPDX-License-Identifier: Apache-2.0
/** A running QEMU without any guest as the other implementation: its RAM is a shared file, its units and devices are reached over the test socket. */
package org.sluice.tool.vectors.qemu;
