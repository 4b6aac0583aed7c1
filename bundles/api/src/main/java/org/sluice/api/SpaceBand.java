// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/**
 * A part of a requester's input addresses that has something in it, as a line of cells.
 *
 * <p>A cell is {@code #} mapped for reads and writes, {@code R} for reads, {@code W} for writes; {@code +}, {@code r}, {@code w} if only a part
 * of it is; {@code x} reserved; {@code !} mapped though reserved; {@code .} free.
 *
 * @param freeBefore free bytes between the band before, or 0, and this one
 * @param cellBytes addresses that one cell stands for
 * @param mappings runs of mappings in the band
 * @param cells one character for each cell from {@code iova}
 */
public record SpaceBand(DeviceId device, int pasid, long iova, long last, long freeBefore, long cellBytes, long mappings, long mappedBytes,
        String cells) {
}
