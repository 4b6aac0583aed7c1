// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.device;

import java.util.Arrays;
import java.util.List;

import org.sluice.api.InterruptMessage;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IommufdContext;

/**
 * A device in a user's hands. Its DMA passes only while the user has made it a bus master, and only to what it is attached to; closing it,
 * resetting it or pulling it out ends DMA and interrupts before the call returns. Thread-safe.
 */
public final class VfioDevice implements AutoCloseable {
    /** Region of configuration space; 0 to 5 are the base address registers. */
    public static final int CONFIG_REGION = 7;
    private static final int BARS = 6;
    private static final int CONFIG_BYTES = 256;
    private static final int COMMAND = 4;
    private static final int BUS_MASTER = 1 << 2;
    /** Command bits that exist: I/O, memory, bus master, parity, SERR, INTx disable (PCI 3.0, 6.2.2). */
    private static final int COMMAND_BITS = 0x547;

    private final IommufdContext context;
    private final int id;
    private final DeviceId device;
    private final DeviceModel model;
    private final DeviceWays ways;
    private int vectors;
    private volatile int command;
    private volatile boolean gone;

    /** @param id of the device object in the context */
    public VfioDevice(IommufdContext context, int id, DeviceId device, DeviceModel model, DeviceWays ways) {
        this.context = context;
        this.id = id;
        this.device = device;
        this.model = model;
        this.ways = ways;
    }

    /** The device object's id, for attaching. */
    public int id() {
        return id;
    }

    public DeviceId device() {
        return device;
    }

    /** Bytes of a region, 0 if there is none. */
    public long regionSize(int region) {
        if (region == CONFIG_REGION) {
            return CONFIG_BYTES;
        }
        return region >= 0 && region < model.barSizes().size() && region < BARS ? model.barSizes().get(region) : 0;
    }

    /** @param size 1, 2, 4 or 8 */
    public synchronized long read(int region, long offset, int size) {
        check(region, offset, size);
        return region == CONFIG_REGION ? readConfig((int) offset, size) : model.read(region, offset, size);
    }

    public synchronized void write(int region, long offset, int size, long value) {
        check(region, offset, size);
        if (region != CONFIG_REGION) {
            model.write(region, offset, size, value);
            return;
        }
        for (int i = 0; i < size; i++) {
            writeConfig((int) offset + i, (int) (value >>> i * Byte.SIZE) & 0xff);
        }
    }

    /** Whether its DMA may pass. */
    public boolean isBusMaster() {
        return (command & BUS_MASTER) != 0 && !gone;
    }

    /** Makes it a bus master or not, as the bit in its command register does. */
    public synchronized void setBusMaster(boolean on) {
        checkPresent();
        command = on ? command | BUS_MASTER : command & ~BUS_MASTER;
    }

    /** A way to memory for one thread of the device. */
    public DmaPort port(int pasid) {
        checkPresent();
        return new GatedPort(this, ways.port(device, pasid));
    }

    /** Makes its first vectors raise interrupts; 0 for none. The device is programmed, now and whenever a message changes. */
    public synchronized void setInterrupts(int count, InterruptService.Listener listener) {
        checkPresent();
        if (count < 0 || count > model.vectors()) {
            throw new VfioException(Errno.EINVAL, device + " has " + model.vectors() + " vectors, not " + count);
        }
        if (count == 0) {
            endInterrupts();
            return;
        }
        List<InterruptMessage> messages = ways.enable(device, count, new Programmer(listener));
        vectors = count;
        model.program(messages);
    }

    /** Vectors that raise interrupts. */
    public synchronized int interrupts() {
        return vectors;
    }

    /** As after power-on: no bus master, no interrupts, registers at their first values. What it is attached to stays. */
    public synchronized void reset() {
        checkPresent();
        command = 0;
        endInterrupts();
        model.reset();
    }

    /** It was pulled out: DMA and interrupts end, faults that wait are answered, and its id is no longer valid. */
    public synchronized void removed() {
        if (!gone) {
            gone = true;
            endInterrupts();
            context.devices().unbind(id);
        }
    }

    /** Gives it back, as it was before. */
    @Override
    public synchronized void close() {
        if (!gone) {
            reset();
            removed();
        }
    }

    private void endInterrupts() {
        if (vectors != 0) {
            vectors = 0;
            model.program(List.of());
            ways.disable(device);
        }
    }

    private long readConfig(int offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) configByte(offset + i) << i * Byte.SIZE;
        }
        return value;
    }

    private int configByte(int offset) {
        if (offset < COMMAND) {
            return model.identity() >>> offset * Byte.SIZE & 0xff;
        }
        return offset < COMMAND + Short.BYTES ? command >>> (offset - COMMAND) * Byte.SIZE & 0xff : 0;
    }

    /** Only the command register takes anything: addresses and messages are the platform's. */
    private void writeConfig(int offset, int value) {
        if (offset == COMMAND || offset == COMMAND + 1) {
            int shift = (offset - COMMAND) * Byte.SIZE;
            command = (command & ~(0xff << shift) | value << shift) & COMMAND_BITS;
        }
    }

    private void check(int region, long offset, int size) {
        checkPresent();
        boolean known = Arrays.asList(1, 2, 4, 8).contains(size) && offset % size == 0;
        if (!known || offset < 0 || offset > regionSize(region) - size) {
            throw new VfioException(Errno.EINVAL, "no " + size + " bytes at " + offset + " of region " + region + " of " + device);
        }
    }

    private void checkPresent() {
        if (gone) {
            throw new VfioException(Errno.ENODEV, device + " is gone");
        }
    }

    /** Passes interrupts on, and programs the device anew when a swap changes a message. */
    private final class Programmer implements InterruptService.Listener {
        private final InterruptService.Listener user;

        private Programmer(InterruptService.Listener user) {
            this.user = user;
        }

        @Override
        public void interrupt(int index) {
            user.interrupt(index);
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            model.reprogram(index, message);
            user.reprogram(index, message);
        }
    }
}
