// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.InterruptMessage;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioService;
import org.sluice.vfio.device.DeviceModel;
import org.sluice.vfio.device.VfioDevice;
import org.sluice.vfio.internal.VfioFrontEnd;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.FramePool;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.ProcessMemory;
import org.sluice.vfio.memory.SharedFile;

/** The service over each backend: devices with regions, interrupts and DMA of their own. */
@RunWith(Parameterized.class)
public class DeviceTest {
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final long BASE = 0x1_0100_0000L;
    private static final long DEADLINE_NANOS = 20_000_000_000L;
    private static final int VECTORS = 4;

    private final String backend;
    private Platform platform;
    private VfioService service;
    private IommufdContext context;
    private FramePool pool;
    private ProcessMemory process;

    public DeviceTest(String backend) {
        this.backend = backend;
    }

    @Parameters(name = "{0}")
    public static List<String> parameters() {
        return SpaceRig.BACKENDS;
    }

    @Before
    public void open() {
        platform = new Platform(backend);
        service = new VfioFrontEnd(platform.spaces, platform.dma, platform.interrupts);
        context = service.open(platform.machine);
        pool = new FramePool(platform.machine.memory(), AddressRange.ofSize(platform.machine.memory().ram().get(0).start() + (64 << 20), 1 << 20));
        process = new ProcessMemory("p", pool, new MemoryAccount("user", MemoryAccount.UNLIMITED), new MemoryAccount("p", MemoryAccount.UNLIMITED));
        process.map(BUFFER, PAGE * 16, true);
    }

    @After
    public void close() {
        context.close();
        assertEquals(0, pool.pinned());
        assertEquals(List.of(), platform.spaces.list(platform.machine));
        assertEquals(List.of(), service.contexts(platform.machine));
        platform.close();
    }

    /** Registers of a few bytes, and what the platform programs. */
    private static final class Model implements DeviceModel {
        final long[] registers = new long[4];
        final List<InterruptMessage> messages = new ArrayList<>();
        int resets;

        @Override
        public List<Long> barSizes() {
            return List.of(32L, 0L);
        }

        @Override
        public int identity() {
            return 0x1234_8086;
        }

        @Override
        public int vectors() {
            return VECTORS;
        }

        @Override
        public long read(int bar, long offset, int size) {
            return registers[(int) offset / 8];
        }

        @Override
        public void write(int bar, long offset, int size, long value) {
            registers[(int) offset / 8] = value;
        }

        @Override
        public void program(List<InterruptMessage> newMessages) {
            messages.clear();
            messages.addAll(newMessages);
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            messages.set(index, message);
        }

        @Override
        public void reset() {
            Arrays.fill(registers, 0);
            resets++;
        }
    }

    private static final class Counter implements InterruptService.Listener {
        final AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};

        @Override
        public void interrupt(int index) {
            counts[index].incrementAndGet();
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            // The device is programmed by the front-end.
        }
    }

    @Test
    public void regions() {
        Model model = new Model();
        VfioDevice device = service.openDevice(context, platform.machine, NIC, model, true);
        assertEquals(32, device.regionSize(0));
        assertEquals(0, device.regionSize(1));
        assertEquals(0, device.regionSize(6));
        assertEquals(256, device.regionSize(VfioDevice.CONFIG_REGION));
        device.write(0, 8, 8, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, device.read(0, 8, 8));
        assertErrno(Errno.EINVAL, () -> device.read(0, 32, 1));
        assertErrno(Errno.EINVAL, () -> device.read(0, 2, 4));
        assertErrno(Errno.EINVAL, () -> device.read(3, 0, 4));
        assertErrno(Errno.EINVAL, () -> device.write(0, 0, 3, 0));
        assertEquals(0x1234_8086, (int) device.read(VfioDevice.CONFIG_REGION, 0, 4));
        device.write(VfioDevice.CONFIG_REGION, 4, 2, 0xffff);
        assertEquals(0x547, device.read(VfioDevice.CONFIG_REGION, 4, 2));
        assertTrue(device.isBusMaster());
        device.reset();
        assertEquals(0, device.read(VfioDevice.CONFIG_REGION, 4, 2));
        assertEquals(0, device.read(0, 8, 8));
        assertErrno(Errno.EBUSY, () -> service.openDevice(service.open(platform.machine), platform.machine, NIC, new Model(), true));
        service.contexts(platform.machine).get(1).close();
        device.close();
        assertErrno(Errno.ENODEV, () -> device.read(0, 0, 4));
    }

    @Test
    public void dmaPassesOnlyForABusMasterAndOnlyWhereItIsAttached() {
        VfioDevice device = service.openDevice(context, platform.machine, NIC, new Model(), true);
        int ioas = context.ioas().alloc();
        context.devices().attach(device.id(), ioas);
        context.ioas().map(ioas, Rig.FIXED, process, BUFFER, PAGE * 2, BASE);
        DmaPort port = device.port(Rig.NO_PASID);
        byte[] data = {1, 2, 3, 4, 5, 6, 7, 8};
        assertEquals(DmaPort.BLOCKED, port.write(BASE + 16, data, 0, 8));
        device.setBusMaster(true);
        assertEquals(DmaPort.OK, port.write(BASE + 16, data, 0, 8));
        byte[] seen = new byte[8];
        process.read(BUFFER + 16, seen, 0, 8);
        assertArrayEquals(data, seen);
        assertTrue("beyond the mapping", port.write(BASE + PAGE * 2, data, 0, 8) < 0);
        device.reset();
        assertEquals(DmaPort.BLOCKED, port.read(BASE + 16, seen, 0, 8));
        assertEquals(DmaPort.NO_TRANSLATION, port.translate(BASE + 16, 1));
        device.setBusMaster(true);
        device.removed();
        assertEquals(DmaPort.BLOCKED, port.read(BASE + 16, seen, 0, 8));
        assertErrno(Errno.ENOENT, () -> context.devices().attach(device.id(), ioas));
        device.removed();
        // Plugged in again it is another object.
        VfioDevice again = service.openDevice(context, platform.machine, NIC, new Model(), true);
        assertTrue(again.id() != device.id());
        again.close();
    }

    @Test
    public void interruptsReachTheListenerByWhateverMessageTheBackendNeeds() {
        Model model = new Model();
        VfioDevice device = service.openDevice(context, platform.machine, NIC, model, true);
        int ioas = context.ioas().alloc();
        context.devices().attach(device.id(), ioas);
        device.setBusMaster(true);
        Counter counter = new Counter();
        assertErrno(Errno.EINVAL, () -> device.setInterrupts(VECTORS + 1, counter));
        device.setInterrupts(VECTORS, counter);
        assertEquals(VECTORS, model.messages.size());
        DmaPort port = device.port(Rig.NO_PASID);
        for (int i = 0; i < VECTORS; i++) {
            assertEquals(DmaPort.INTERRUPT, port.message(model.messages.get(i).address(), model.messages.get(i).data()));
            assertEquals(1, counter.counts[i].get());
        }
        device.setBusMaster(false);
        assertEquals(DmaPort.BLOCKED, port.message(model.messages.get(0).address(), model.messages.get(0).data()));
        device.setBusMaster(true);
        device.setInterrupts(0, null);
        assertEquals(0, model.messages.size());
        assertEquals(0, device.interrupts());
        device.close();
    }

    /** RIV-04: where nothing keeps a device from raising interrupts of others, it takes an operator to allow it. */
    @Test
    public void deviceThatIsNotIsolatedIsRefusedUnlessAllowed() {
        boolean isolated = platform.spaces.capabilities(platform.machine, NIC).messages().isolated();
        if (isolated) {
            service.openDevice(context, platform.machine, NIC, new Model(), false).close();
        } else {
            String text = assertErrno(Errno.EPERM, () -> service.openDevice(context, platform.machine, NIC, new Model(), false)).getMessage();
            assertTrue(text, text.contains("isolate"));
            service.openDevice(context, platform.machine, NIC, new Model(), true).close();
        }
    }

    /** NST-11: a device is moved between tables while it works; an address that is good in both never faults. */
    @Test
    public void replaceUnderDmaHasNoWindow() throws InterruptedException {
        VfioDevice device = service.openDevice(context, platform.machine, NIC, new Model(), true);
        device.setBusMaster(true);
        int first = context.ioas().alloc();
        int second = context.ioas().alloc();
        context.ioas().map(first, Rig.FIXED, process, BUFFER, PAGE, BASE);
        context.ioas().copy(second, first, Rig.FIXED, PAGE, BASE, BASE);
        context.devices().attach(device.id(), first);
        whileReading(device, () -> {
            for (int i = 0; i < 200; i++) {
                context.devices().replace(device.id(), i % 2 == 0 ? second : first);
            }
        }, 0);
        device.close();
    }

    /** MEM-10: the file behind a mapping loses its pages while a device reads: it gets faults or the file's bytes, and nothing else. */
    @Test
    public void truncateUnderDma() throws InterruptedException {
        VfioDevice device = service.openDevice(context, platform.machine, NIC, new Model(), true);
        device.setBusMaster(true);
        SharedFile file = new SharedFile(pool, PAGE);
        int ioas = context.ioas().alloc();
        context.devices().attach(device.id(), ioas);
        context.ioas().mapFile(ioas, Rig.FIXED, process, file, 0, PAGE, BASE);
        whileReading(device, () -> {
            for (int i = 0; i < 50; i++) {
                file.truncate(0);
                byte[] secret = new byte[(int) PAGE];
                Arrays.fill(secret, (byte) 0x66);
                ProcessMemory other = process.fork("other", new MemoryAccount("other", MemoryAccount.UNLIMITED));
                other.map(BUFFER + PAGE * 32, PAGE, true);
                other.write(BUFFER + PAGE * 32, secret, 0, secret.length);
                other.exit();
                file.truncate(PAGE);
            }
        }, -1);
        device.close();
        file.truncate(0);
    }

    /** @param expected the only byte that may be seen, or -1: zeros may be seen, and faults */
    private void whileReading(VfioDevice device, Runnable work, int expected) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<String> wrong = new AtomicReference<>();
        AtomicLong reads = new AtomicLong();
        Thread thread = new Thread(() -> {
            DmaPort port = device.port(Rig.NO_PASID);
            byte[] seen = new byte[8];
            while (!done.get()) {
                int result = port.read(BASE + 64, seen, 0, 8);
                boolean right = result == DmaPort.OK ? seen[0] == Math.max(expected, 0) : expected < 0;
                if (!right) {
                    wrong.compareAndSet(null, "result " + result + " byte " + seen[0]);
                }
                reads.incrementAndGet();
            }
        });
        thread.start();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (reads.get() == 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        work.run();
        done.set(true);
        thread.join();
        assertEquals(null, wrong.get());
        assertTrue(reads.get() > 0);
    }
}
