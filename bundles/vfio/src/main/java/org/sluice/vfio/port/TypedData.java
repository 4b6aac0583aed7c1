// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

/** Bytes whose meaning a type number tells; little-endian. The array is not copied. */
public record TypedData(int type, byte[] bytes) {
}
