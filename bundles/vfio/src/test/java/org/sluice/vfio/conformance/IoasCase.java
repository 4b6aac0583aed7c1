// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Assume;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.vfio.iommufd.IommufdContext;

/** What cases of group iommufd_ioas start from: a space in each variant over each unit, with nothing mapped. */
@RunWith(Parameterized.class)
public abstract class IoasCase {
    private final Rigs.Kind kind;
    final Variant variant;
    final List<Integer> devices = new ArrayList<>();
    Rig rig;
    IommufdContext context;
    int ioas;
    int hwpt;
    /** Where cases map; what maps are multiples of. */
    long base;
    long granule;

    IoasCase(Rigs.Kind kind, Variant variant) {
        this.kind = kind;
        this.variant = variant;
    }

    @Parameters(name = "{0} {1}")
    public static List<Object[]> parameters() {
        List<Object[]> all = new ArrayList<>();
        for (Rigs.Kind kind : Rigs.all()) {
            for (Variant variant : Variant.values()) {
                all.add(new Object[] {kind, variant});
            }
        }
        return all;
    }

    @Before
    public final void open() {
        rig = kind.make().get();
        context = rig.context();
        ioas = context.ioas().alloc();
        for (int i = 0; i < variant.devices; i++) {
            devices.add(rig.attach(i, ioas));
        }
        hwpt = devices.isEmpty() ? 0 : context.devices().attached(devices.get(0), Rig.NO_PASID);
        base = rig.base();
        granule = devices.isEmpty() ? 1 : rig.granule();
        if (variant == Variant.ONE_DEVICE_SCATTERED) {
            rig.scatter();
        }
    }

    @After
    public final void close() {
        rig.close();
    }

    /** A device that nothing uses; units with two devices have none left beside two. */
    final int spare() {
        Assume.assumeTrue("one more device", devices.size() < rig.devices());
        return devices.size();
    }

    final boolean hasDevice() {
        return !devices.isEmpty();
    }

    final long map(long address, long length) {
        return context.ioas().map(ioas, Rig.WRITE_READ, rig.process, address, length, 0);
    }

    final void mapAt(long address, long length, long iova) {
        context.ioas().map(ioas, Rig.FIXED, rig.process, address, length, iova);
    }

    final long unmap(long iova, long length) {
        return context.ioas().unmap(ioas, iova, length);
    }

    /** All attached devices reach the process's memory. */
    final void verify(long iova, long address, long length) {
        for (int i = 0; i < devices.size(); i++) {
            rig.verify(rig.device(i), iova, address, length);
        }
    }

    final void verifyAbsent(long iova, long length) {
        for (int i = 0; i < devices.size(); i++) {
            rig.verifyAbsent(rig.device(i), iova, length);
        }
    }
}
