// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.device;

import org.sluice.api.dma.DmaPort;

/** A device's way to memory while it may be a bus master; else nothing passes. */
final class GatedPort implements DmaPort {
    private final VfioDevice device;
    private final DmaPort port;

    GatedPort(VfioDevice device, DmaPort port) {
        this.device = device;
        this.port = port;
    }

    @Override
    public int read(long iova, byte[] into, int offset, int length) {
        return device.isBusMaster() ? port.read(iova, into, offset, length) : BLOCKED;
    }

    @Override
    public int write(long iova, byte[] from, int offset, int length) {
        return device.isBusMaster() ? port.write(iova, from, offset, length) : BLOCKED;
    }

    @Override
    public int message(long address, int data) {
        return device.isBusMaster() ? port.message(address, data) : BLOCKED;
    }

    @Override
    public int raise(int index) {
        return device.isBusMaster() ? port.raise(index) : BLOCKED;
    }

    @Override
    public long translate(long iova, int permission) {
        return device.isBusMaster() ? port.translate(iova, permission) : NO_TRANSLATION;
    }
}
