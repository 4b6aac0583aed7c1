// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.NO_PASID;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Test;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.DeviceCalls;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.PageFault;
import org.sluice.vfio.mock.MockNested;
import org.sluice.vfio.mock.MockPort;
import org.sluice.vfio.port.TypedData;

/** Section 2.7 of the conformance list, in its order. */
public class PasidTest {
    private static final int PASID = 100;
    private static final int FAULTING = 2048;

    private final MockRig rig = new MockRig();
    private final IommufdContext context = rig.context();
    private final DeviceCalls devices = context.devices();

    @After
    public void close() {
        rig.close();
    }

    private int nested(int flags, int device, int parent, int faults) {
        byte[] data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(MockNested.CACHED).array();
        return context.hwpt().alloc(flags, device, parent, new TypedData(MockNested.DATA_TYPE, data), faults);
    }

    @Test
    public void pasid_attach() {
        int ioas = context.ioas().alloc();
        long iova = context.ioas().map(ioas, Rig.WRITE_READ | 1, rig.process, BUFFER, PAGE, rig.base());
        int device = devices.bind(rig.device(MockRig.PASID_DEVICE), true);
        int parent = context.hwpt().alloc(HwptCalls.NEST_PARENT | HwptCalls.PASID, device, ioas, null, 0);
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        int pasidTable = context.hwpt().alloc(HwptCalls.PASID, device, ioas, null, 0);
        int[] nested = {nested(HwptCalls.PASID, device, parent, 0), nested(HwptCalls.PASID, device, parent, 0)};
        // Detach of what is not attached is harmless.
        devices.detach(device, PASID);
        // RID on a table that is not for PASIDs blocks PASIDs.
        devices.attach(device, plain);
        assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, nested[0]));
        assertEquals(0, devices.attached(device, PASID));
        devices.detach(device);
        // RID on one that is allows them, and cannot go back then.
        devices.attach(device, pasidTable);
        devices.attach(device, PASID, nested[0]);
        assertErrno(Errno.EINVAL, () -> devices.replace(device, plain));
        assertErrno(Errno.EINVAL, () -> devices.replace(device, ioas));
        assertEquals(pasidTable, devices.attached(device, NO_PASID));
        devices.detach(device, PASID);
        // A table that is not for PASIDs, or a space, for a PASID.
        assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, plain));
        assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, ioas));
        assertEquals(0, devices.attached(device, PASID));
        assertEquals(null, rig.port.attached(rig.device(MockRig.PASID_DEVICE), PASID));
        devices.attach(device, PASID, nested[0]);
        assertErrno(Errno.EBUSY, () -> devices.attach(device, PASID, nested[0]));
        assertErrno(Errno.EBUSY, () -> devices.attach(device, PASID, nested[1]));
        assertErrno(Errno.EINVAL, () -> devices.replace(device, PASID + 1, nested[0]));
        assertErrno(Errno.EINVAL, () -> devices.replace(device, PASID, ioas));
        assertEquals(nested[0], devices.attached(device, PASID));
        devices.replace(device, PASID, nested[1]);
        devices.replace(device, PASID, nested[0]);
        assertEquals(rig.physical(rig.process, BUFFER), rig.translate(rig.device(MockRig.PASID_DEVICE), PASID, iova, 2));
        devices.detach(device, PASID);
        assertEquals(-1, rig.translate(rig.device(MockRig.PASID_DEVICE), PASID, iova, 2));
        driverFailure(device, nested);
        faults(device, parent);
        plainDevice(ioas, pasidTable, nested[0]);
    }

    private void driverFailure(int device, int[] nested) {
        rig.port.setFailAtPasid(true);
        assertErrno(Errno.ENOMEM, () -> devices.attach(device, MockPort.FAILING_PASID, nested[0]));
        assertEquals(0, devices.attached(device, MockPort.FAILING_PASID));
        rig.port.setFailAtPasid(false);
        devices.attach(device, MockPort.FAILING_PASID, nested[0]);
        rig.port.setFailAtPasid(true);
        assertErrno(Errno.ENOMEM, () -> devices.replace(device, MockPort.FAILING_PASID, nested[1]));
        assertEquals(nested[0], devices.attached(device, MockPort.FAILING_PASID));
        rig.port.setFailAtPasid(false);
        devices.detach(device, MockPort.FAILING_PASID);
    }

    private void faults(int device, int parent) {
        int queue = context.faults().alloc();
        int table = nested(HwptCalls.PASID | HwptCalls.FAULT_ID_VALID, device, parent, queue);
        devices.attach(device, FAULTING, table);
        AtomicReference<Boolean> answer = new AtomicReference<>();
        rig.port.request(rig.device(MockRig.PASID_DEVICE), FAULTING, 1, true, 1, 0x1000, answer::set);
        PageFault fault = context.faults().read(queue, 1).get(0);
        assertEquals(FAULTING, fault.pasid());
        context.faults().respond(queue, fault.cookie(), true);
        assertEquals(true, answer.get());
        // Nobody listens for another PASID.
        rig.port.request(rig.device(MockRig.PASID_DEVICE), FAULTING + 1, 1, true, 1, 0x1000, answer::set);
        assertEquals(false, answer.get());
        devices.detach(device, FAULTING);
    }

    private void plainDevice(int ioas, int pasidTable, int nested) {
        int plain = rig.attach(0, ioas);
        devices.replace(plain, pasidTable);
        assertEquals(pasidTable, devices.attached(plain, NO_PASID));
        assertErrno(Errno.EINVAL, () -> devices.attach(plain, PASID, nested));
        assertErrno(Errno.EINVAL, () -> devices.attach(plain, PASID, pasidTable));
    }
}
