// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.BitSet;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.Progress;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;

/** Section 2.4 of the conformance list over the units of backends, and 3.1: no dirty bit is lost when a backend is swapped. */
@RunWith(Parameterized.class)
public class SpaceDirtyTest {
    private static final long REGION = 0x7f40_0000_0000L;
    private static final long SIZE = 4 << 20;
    private static final int WRITE = 2;
    private static final List<String> TRACKING = List.of("vtd", "smmuv3", "amdvi");

    private final String backend;
    private SpaceRig rig;
    private IommufdContext context;
    private int ioas;
    private int device;
    private long base;

    public SpaceDirtyTest(String backend) {
        this.backend = backend;
    }

    @Parameters(name = "{0}")
    public static List<String> parameters() {
        return SpaceRig.BACKENDS;
    }

    @Before
    public void open() {
        rig = new SpaceRig(backend, false);
        context = rig.context();
        rig.process.map(REGION, SIZE, true);
        ioas = context.ioas().alloc();
        device = context.devices().bind(rig.device(0), true);
        base = rig.base();
    }

    @After
    public void close() {
        rig.close();
    }

    private boolean tracks() {
        return context.devices().facts(device).has(Feature.DIRTY_TRACKING);
    }

    /** A table that records writes, with a device on it, and the region mapped; 0 if the unit cannot, which it says then. */
    private int attached() {
        assertEquals(TRACKING.contains(backend), tracks());
        assertEquals(tracks() ? 1 : 0, context.devices().hardware(device, 0).capabilities());
        if (!tracks()) {
            assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(HwptCalls.DIRTY_TRACKING, device, ioas, null, 0));
            return 0;
        }
        int hwpt = context.hwpt().alloc(HwptCalls.DIRTY_TRACKING, device, ioas, null, 0);
        context.devices().attach(device, hwpt);
        context.ioas().map(ioas, Rig.FIXED, rig.process, REGION, SIZE, base);
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        return hwpt;
    }

    private BitSet bitmap(int hwpt, int flags, long pageSize) {
        BitSet bits = new BitSet();
        context.hwpt().dirtyBitmap(hwpt, flags, base, SIZE, pageSize, bit -> bits.set((int) bit));
        return bits;
    }

    private void write(long offset) {
        assertTrue(rig.translate(rig.device(0), Rig.NO_PASID, base + offset, WRITE) >= 0);
    }

    /** All bits of what was written are set, and none of what lies a large page away. */
    private static void assertCovers(BitSet written, BitSet seen) {
        BitSet missing = (BitSet) written.clone();
        missing.andNot(seen);
        assertEquals("first page that was lost", -1, missing.nextSetBit(0));
    }

    /** Small pages: exactly what was written is told, once, whatever the query's page. */
    @Test
    public void writtenPagesAreTold() {
        rig.process.unmap(REGION, SIZE);
        rig.process.map(REGION, SIZE, true);
        for (long at = SIZE - PAGE; at >= 0; at -= PAGE) {
            rig.process.write(REGION + at, new byte[1], 0, 1);
        }
        int hwpt = attached();
        if (hwpt == 0) {
            return;
        }
        BitSet expected = new BitSet();
        for (long at = 0; at < SIZE; at += 2 * PAGE) {
            write(at + 100);
            expected.set((int) (at / PAGE));
        }
        assertEquals(expected, bitmap(hwpt, HwptCalls.DIRTY_NO_CLEAR, PAGE));
        assertEquals(expected, bitmap(hwpt, 0, PAGE));
        assertEquals(new BitSet(), bitmap(hwpt, 0, PAGE));
        write(PAGE * 5);
        assertEquals("recorded anew after clearing", 5, bitmap(hwpt, 0, PAGE).nextSetBit(0));
        write(PAGE * 7);
        assertEquals(3, bitmap(hwpt, 0, 2 * PAGE).nextSetBit(0));
        context.hwpt().setDirtyTracking(hwpt, 0);
    }

    @Test
    public void writesBeforeRecordingDoNotCount() {
        int hwpt = attached();
        if (hwpt == 0) {
            return;
        }
        context.hwpt().setDirtyTracking(hwpt, 0);
        write(0);
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        assertEquals(new BitSet(), bitmap(hwpt, 0, PAGE));
        write(0);
        assertEquals(0, bitmap(hwpt, 0, PAGE).nextSetBit(0));
    }

    @Test
    public void swapLosesNoBit() {
        int hwpt = attached();
        if (hwpt == 0) {
            return;
        }
        BitSet written = new BitSet();
        for (String next : TRACKING) {
            for (int i = 0; i < 10; i++) {
                int page = (written.size() + i * 97) % (int) (SIZE / PAGE);
                write(page * PAGE);
                written.set(page);
            }
            SwapReport report = swap(next);
            assertEquals(report.text() + report.refusals(), SwapState.ACTIVE, report.state());
            assertCovers(written, bitmap(hwpt, HwptCalls.DIRTY_NO_CLEAR, PAGE));
        }
        assertCovers(written, bitmap(hwpt, 0, PAGE));
        assertEquals(new BitSet(), bitmap(hwpt, 0, PAGE));
        SwapReport refused = swap("virtio");
        assertEquals(SwapState.REFUSED, refused.state());
        assertTrue(refused.text(), refused.text().contains("record writes"));
    }

    private SwapReport swap(String next) {
        return rig.platform.swaps.swap(rig.platform.machine, "0", next, SwapOptions.DEFAULT, Progress.NONE);
    }

    /** What the last device wrote is told after it has gone; what is unmapped is not written any more. */
    @Test
    public void bitsOutliveTheDevice() {
        int hwpt = attached();
        if (hwpt == 0) {
            return;
        }
        write(PAGE * 3);
        context.devices().detach(device);
        assertTrue(bitmap(hwpt, HwptCalls.DIRTY_NO_CLEAR, PAGE).get(3));
        context.devices().attach(device, hwpt);
        assertTrue(bitmap(hwpt, HwptCalls.DIRTY_NO_CLEAR, PAGE).get(3));
        context.ioas().unmap(ioas, base, SIZE);
        context.ioas().map(ioas, Rig.FIXED, rig.process, REGION, SIZE, base);
        assertEquals(new BitSet(), bitmap(hwpt, 0, PAGE));
    }
}
