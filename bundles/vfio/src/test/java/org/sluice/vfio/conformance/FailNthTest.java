// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.Assume;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized.Parameters;
import org.junit.runners.Parameterized;
import org.sluice.api.space.UserTable;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.nesting.UserTables;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.AccessObject;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.SharedFile;
import org.sluice.vfio.mock.MockNested;
import org.sluice.vfio.mock.MockViommu;
import org.sluice.vfio.port.TypedData;

/**
 * Section 2.8 of the conformance list: each scenario with the first, second, third, ... thing that can fail failing, until nothing fails any
 * more. The step that met the failure has changed nothing: objects, tables entry by entry, attachments, pins and charges are as before it.
 * Then it is tried again, and the scenario goes on.
 */
@RunWith(Parameterized.class)
public class FailNthTest {
    private static final int MOST = 2000;
    /** Small, because each page is something more that can fail. */
    private static final long LENGTH = 4 * PAGE;

    private final Rigs.Kind kind;

    public FailNthTest(Rigs.Kind kind) {
        this.kind = kind;
    }

    @Parameters(name = "{0}")
    public static List<Rigs.Kind> parameters() {
        return Rigs.all();
    }

    /** A rig whose memory fails too, and steps that are watched. */
    private static final class Run {
        final Rig rig;
        final IommufdContext context;
        final FailingMemory memory;

        Run(Rig rig) {
            this.rig = rig;
            this.context = rig.context();
            this.memory = new FailingMemory(rig.process, rig.failure());
        }

        Map<String, Object> state() {
            Map<String, Object> state = new HashMap<>(rig.tables());
            state.put("objects", context.describe());
            state.put("pins", rig.pool.pinned());
            state.put("charged", rig.user.used());
            state.put("counted", rig.process.pinned());
            return state;
        }

        <T> T step(Supplier<T> work) {
            Map<String, Object> before = state();
            try {
                return work.get();
            } catch (VfioException failed) {
                assertEquals(failed.getMessage(), Errno.ENOMEM, failed.errno());
                assertTrue(failed.getMessage(), rig.failure().hasFailed());
                assertEquals("after " + failed.getMessage(), before, state());
                return work.get();
            }
        }

        void run(Runnable work) {
            step(() -> {
                work.run();
                return null;
            });
        }
    }

    private void scenario(Consumer<Run> steps) {
        for (int nth = 1; nth < MOST; nth++) {
            Run run = new Run(kind.make().get());
            run.rig.failure().arm(nth);
            steps.accept(run);
            boolean failed = run.rig.failure().hasFailed();
            run.rig.close();
            if (!failed) {
                assertTrue("something could fail", nth > 1);
                return;
            }
        }
        throw new AssertionError("after " + MOST + " runs there was still something to fail");
    }

    private static int attach(Run run, int index, int target) {
        int device = run.step(() -> run.context.devices().bind(run.rig.device(index), true));
        run.step(() -> run.context.devices().attach(device, target));
        return device;
    }

    @Test
    public void basic_fail_nth() {
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            int other = run.context.ioas().alloc();
            long iova = run.step(() -> run.context.ioas().map(ioas, Rig.FIXED, run.memory, BUFFER, PAGE, run.rig.base()));
            run.step(() -> run.context.ioas().copy(other, ioas, Rig.FIXED, PAGE, iova, iova));
            attach(run, 0, other);
            run.run(() -> run.context.ioas().unmap(ioas, iova, PAGE));
        });
    }

    @Test
    public void map_domain() {
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            attach(run, 0, ioas);
            long iova = run.step(() -> run.context.ioas().map(ioas, Rig.WRITE_READ, run.memory, BUFFER, LENGTH, 0));
            run.rig.verify(run.rig.device(0), iova, BUFFER, LENGTH);
            attach(run, 1, ioas);
            int table = run.context.devices().attached(1 + 1, Rig.NO_PASID);
            assertTrue(table > 0);
        });
    }

    @Test
    public void map_file_domain() {
        scenario(run -> {
            SharedFile file = run.rig.file(LENGTH);
            int ioas = run.context.ioas().alloc();
            attach(run, 0, ioas);
            run.step(() -> run.context.ioas().mapFile(ioas, Rig.WRITE_READ, run.memory, file, 0, LENGTH, 0));
        });
    }

    @Test
    public void map_two_domains() {
        scenario(run -> {
            run.rig.scatter();
            int ioas = run.context.ioas().alloc();
            int device = attach(run, 0, ioas);
            int second = run.step(() -> run.context.hwpt().alloc(0, device, ioas, null, 0));
            attach(run, 1, second);
            long iova = run.step(() -> run.context.ioas().map(ioas, Rig.WRITE_READ, run.memory, BUFFER, LENGTH, 0));
            run.rig.verify(run.rig.device(0), iova, BUFFER, LENGTH);
            run.rig.verify(run.rig.device(1), iova, BUFFER, LENGTH);
            run.step(() -> run.context.devices().replace(device, second));
            run.rig.verify(run.rig.device(0), iova, BUFFER, LENGTH);
        });
    }

    @Test
    public void access_rw() {
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            long iova = run.step(() -> run.context.ioas().map(ioas, Rig.WRITE_READ, run.memory, BUFFER, LENGTH, 0));
            AccessObject access = run.context.createAccess((at, length) -> { }, false);
            access.attach(ioas);
            byte[] bytes = new byte[(int) PAGE * 2];
            run.run(() -> access.write(iova + 100, bytes));
            run.run(() -> access.read(iova + 100, bytes));
            run.run(() -> access.writePinned(iova + 100, bytes));
            run.run(() -> access.readPinned(iova + 100, bytes));
            access.close();
        });
    }

    @Test
    public void access_pin() {
        scenario(run -> pinAll(run, false));
    }

    @Test
    public void access_pin_domain() {
        scenario(run -> pinAll(run, true));
    }

    private static void pinAll(Run run, boolean withDevice) {
        int ioas = run.context.ioas().alloc();
        long iova = run.step(() -> run.context.ioas().map(ioas, Rig.FIXED, run.memory, BUFFER, LENGTH, run.rig.base()));
        if (withDevice) {
            attach(run, 0, ioas);
        }
        AccessObject[] self = new AccessObject[1];
        self[0] = run.context.createAccess((at, length) -> self[0].unpin(at, length), true);
        run.run(() -> self[0].attach(ioas));
        run.step(() -> self[0].pin(iova, PAGE * 3, true));
        run.step(() -> self[0].pin(iova + PAGE, LENGTH - PAGE, true));
        run.run(() -> run.context.ioas().unmap(ioas, iova, LENGTH));
    }

    @Test
    public void device() {
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            int other = run.context.ioas().alloc();
            run.step(() -> run.context.ioas().map(other, Rig.FIXED, run.memory, BUFFER, LENGTH, run.rig.base()));
            int device = attach(run, 0, ioas);
            run.step(() -> run.context.devices().replace(device, other));
            int second = run.step(() -> run.context.hwpt().alloc(0, device, ioas, null, 0));
            run.step(() -> run.context.devices().replace(device, second));
            run.run(() -> run.context.devices().detach(device));
        });
    }

    /** What only the mock has. */
    @Test
    public void device_nested() {
        Assume.assumeTrue("mock".equals(kind.name()));
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            int other = run.context.ioas().alloc();
            run.step(() -> run.context.ioas().map(other, Rig.FIXED, run.memory, BUFFER, LENGTH, run.rig.base()));
            int device = attach(run, MockRig.PASID_DEVICE, ioas);
            run.step(() -> run.context.devices().replace(device, other));
            int parent = run.step(() -> run.context.hwpt().alloc(HwptCalls.NEST_PARENT | HwptCalls.PASID, device, other, null, 0));
            TypedData data = new TypedData(MockNested.DATA_TYPE, new byte[4]);
            int nested = run.step(() -> run.context.hwpt().alloc(HwptCalls.PASID, device, parent, data, 0));
            run.step(() -> run.context.devices().replace(device, nested));
            run.step(() -> run.context.devices().attach(device, 7, nested));
            int viommu = run.step(() -> run.context.viommus().alloc(MockViommu.TYPE, device, parent, new byte[0]).id());
            run.step(() -> run.context.viommus().addDevice(viommu, device, 0x99));
            int behind = run.step(() -> run.context.hwpt().alloc(HwptCalls.PASID, device, viommu, data, 0));
            run.step(() -> run.context.devices().replace(device, 7, behind));
            run.step(() -> run.context.viommus().addHardwareQueue(viommu, MockViommu.QUEUE_TYPE, 0, run.rig.base(), PAGE));
            run.run(() -> run.context.devices().detach(device, 7));
            assertEquals(List.of(), run.context.describe().stream().filter(line -> line.contains("AccessObject")).toList());
        });
    }

    /** The same over units of backends that can nest, with a table of a user that is never written. */
    @Test
    public void device_nested_space() {
        Assume.assumeTrue(UserTables.BACKENDS.contains(kind.name()));
        scenario(run -> {
            int ioas = run.context.ioas().alloc();
            int other = run.context.ioas().alloc();
            run.step(() -> run.context.ioas().map(other, Rig.FIXED, run.memory, BUFFER, LENGTH, run.rig.base()));
            int device = attach(run, 0, ioas);
            int parent = run.step(() -> run.context.hwpt().alloc(HwptCalls.NEST_PARENT, device, other, null, 0));
            UserTable anchor = UserTables.of(kind.name(), PhysicalMemory.allocate(AddressRange.ofSize(0, 1 << 20)), address -> address - run.rig.base(),
                    run.rig.base()).anchor();
            TypedData data = new TypedData(anchor.type(), anchor.bytes());
            int first = run.step(() -> run.context.hwpt().alloc(0, device, parent, data, 0));
            int second = run.step(() -> run.context.hwpt().alloc(0, device, parent, data, 0));
            run.step(() -> run.context.devices().replace(device, first));
            run.step(() -> run.context.devices().replace(device, second));
            run.run(() -> run.context.destroy(first));
            run.step(() -> run.context.devices().replace(device, parent));
            run.rig.verify(run.rig.device(0), run.rig.base(), BUFFER, LENGTH);
            run.step(() -> run.context.devices().replace(device, ioas));
        });
    }

    /** Beyond the selftests: a group of two is moved, and the second fails. */
    @Test
    public void group_replace() {
        Assume.assumeTrue("mock".equals(kind.name()));
        scenario(run -> {
            ((MockRig) run.rig).port.add(run.rig.device(6), 0, true, 77);
            ((MockRig) run.rig).port.add(run.rig.device(7), 0, true, 77);
            int ioas = run.context.ioas().alloc();
            int other = run.context.ioas().alloc();
            run.step(() -> run.context.ioas().map(other, Rig.FIXED, run.memory, BUFFER, LENGTH, run.rig.base()));
            int device = attach(run, 6, ioas);
            attach(run, 7, ioas);
            run.step(() -> run.context.devices().replace(device, other));
            run.rig.verify(run.rig.device(6), run.rig.base(), BUFFER, LENGTH);
            run.rig.verify(run.rig.device(7), run.rig.base(), BUFFER, LENGTH);
        });
    }
}
