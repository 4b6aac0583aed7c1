// SPDX-License-Identifier: Apache-2.0
/** Test vectors: written for others, and run on our models or on a live QEMU. */
package org.sluice.tool.vectors;
