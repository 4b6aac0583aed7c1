// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.NO_PASID;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.List;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.DeviceCalls;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;

/** Section 2.7 of the conformance list as far as paging tables go, over the units of backends. */
@RunWith(Parameterized.class)
public class SpacePasidTest {
    private static final int PASID = 100;

    private final SpaceRig rig;
    private final IommufdContext context;

    public SpacePasidTest(String backend) {
        rig = new SpaceRig(backend, false);
        context = rig.context();
    }

    @Parameters(name = "{0}")
    public static List<String> parameters() {
        return SpaceRig.BACKENDS;
    }

    @After
    public void close() {
        rig.close();
    }

    @Test
    public void pasidsHaveTablesOfTheirOwn() {
        DeviceCalls devices = context.devices();
        int ioas = context.ioas().alloc();
        int other = context.ioas().alloc();
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, PAGE, rig.base());
        context.ioas().map(other, Rig.FIXED, rig.process, BUFFER + PAGE, PAGE, rig.base());
        int device = devices.bind(rig.device(0), true);
        if (devices.facts(device).pasidBits() == 0) {
            assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(HwptCalls.PASID, device, ioas, null, 0));
            devices.attach(device, ioas);
            assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, devices.attached(device, NO_PASID)));
            return;
        }
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        int first = context.hwpt().alloc(HwptCalls.PASID, device, ioas, null, 0);
        int second = context.hwpt().alloc(HwptCalls.PASID, device, other, null, 0);
        devices.detach(device, PASID);
        devices.attach(device, first);
        assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, plain));
        assertErrno(Errno.EINVAL, () -> devices.attach(device, PASID, ioas));
        devices.attach(device, PASID, second);
        assertErrno(Errno.EBUSY, () -> devices.attach(device, PASID, second));
        assertErrno(Errno.EINVAL, () -> devices.replace(device, plain));
        reaches(NO_PASID, BUFFER);
        reaches(PASID, BUFFER + PAGE);
        devices.replace(device, PASID, first);
        reaches(PASID, BUFFER);
        devices.replace(device, PASID, second);
        reaches(PASID, BUFFER + PAGE);
        devices.detach(device, PASID);
        assertEquals(0, devices.attached(device, PASID));
        reaches(NO_PASID, BUFFER);
        assertEquals(-1, rig.translate(rig.device(0), PASID, rig.base(), 1));
    }

    private void reaches(int pasid, long address) {
        DeviceId device = rig.device(0);
        assertEquals(rig.physical(rig.process, address), rig.translate(device, pasid, rig.base(), 1));
    }
}
