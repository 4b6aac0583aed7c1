// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.NO_PASID;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.testkit.nesting.UserTables;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.Invalidation.Outcome;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.VendorFormats;

/** Sections 2.3 and 2.6 of the conformance list over the units of backends that can nest; what devices reach tells what the mock's caches tell. */
@RunWith(Parameterized.class)
public class SpaceNestedTest {
    private static final long IOVA = 0x1234_5000L;
    private static final int SMMUV3 = 1;
    private static final byte[] NOTHING = {};
    private static final long VIRTUAL_ID = 0x99;
    /** Pages of the buffer: data first, then tables of two users. */
    private static final int FIRST_TABLE = 4;
    private static final int SECOND_TABLE = 10;

    private final SpaceRig rig;
    private final IommufdContext context;
    private final boolean smmu;
    private int ioas;
    private int device;
    private int parent;
    private UserTables user;
    private UserTables other;

    public SpaceNestedTest(String backend) {
        rig = new SpaceRig(backend, false);
        context = rig.context();
        smmu = backend.equals("smmuv3");
    }

    @Parameters(name = "{0}")
    public static List<String> parameters() {
        return UserTables.BACKENDS;
    }

    @Before
    public void open() {
        ioas = context.ioas().alloc();
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, BUFFER_SIZE, rig.base());
        device = rig.attach(0, ioas);
        parent = context.hwpt().alloc(HwptCalls.NEST_PARENT, device, ioas, null, 0);
        user = tables(FIRST_TABLE);
        other = tables(SECOND_TABLE);
        user.map(IOVA, page(0), true);
        other.map(IOVA, page(1), true);
    }

    @After
    public void close() {
        rig.close();
    }

    private String backend() {
        return rig.platform.machine.units().get(0).backend();
    }

    private long page(int page) {
        return rig.base() + page * PAGE;
    }

    private UserTables tables(int page) {
        return UserTables.of(backend(), rig.memory, address -> rig.physical(rig.process, BUFFER + (address - rig.base())), page(page));
    }

    private static TypedData data(UserTables tables) {
        UserTable anchor = tables.anchor();
        return new TypedData(anchor.type(), anchor.bytes());
    }

    private int nested(UserTables tables, int over) {
        return context.hwpt().alloc(0, device, over, data(tables), 0);
    }

    private void reaches(int page) {
        assertEquals(rig.physical(rig.process, BUFFER + page * PAGE) + 8, rig.translate(rig.device(0), NO_PASID, IOVA + 8, 1));
    }

    private void reachesNothing() {
        assertEquals(-1, rig.translate(rig.device(0), NO_PASID, IOVA, 1));
    }

    private Outcome invalidate(int hwpt, UserEntries entries) {
        return context.hwpt().invalidate(hwpt, entries.type(), length(entries), entries.count(), entries.bytes());
    }

    private static int length(UserEntries entries) {
        return entries.bytes().length / entries.count();
    }

    /** Both say the same of each bit, one from the sheet of the interface and one from the layout of the hardware. */
    @Test
    public void formatsOfBackendsAreThoseOfTheInterface() {
        assertTrue(context.devices().facts(device).has(Feature.NESTING));
        List<UserFormat> formats = rig.platform.spaces.userFormats(rig.platform.machine, rig.device(0));
        assertEquals(1, formats.size());
        DataFormat known = VendorFormats.ALL.stream().filter(f -> f.type() == formats.get(0).type()).findFirst().orElseThrow();
        assertEquals(List.of(known), context.devices().facts(device).nesting());
        assertEquals(known.length(), formats.get(0).length());
        assertEquals(known.allowed(), formats.get(0).allowed());
    }

    @Test
    public void alloc_hwpt_nested_allocation() {
        TypedData good = data(user);
        assertErrno(Errno.ENOENT, () -> context.hwpt().alloc(0, 9999, parent, good, 0));
        assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, device, good, 0));
        assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent, new TypedData(0, good.bytes()), 0));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(0, device, parent, new TypedData(0xbad, good.bytes()), 0));
        assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent,
                new TypedData(good.type(), Arrays.copyOf(good.bytes(), good.bytes().length - 1)), 0));
        byte[] longer = Arrays.copyOf(good.bytes(), good.bytes().length + 8);
        context.destroy(context.hwpt().alloc(0, device, parent, new TypedData(good.type(), longer), 0));
        longer[longer.length - 1] = 1;
        assertErrno(Errno.E2BIG, () -> context.hwpt().alloc(0, device, parent, new TypedData(good.type(), longer), 0));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(HwptCalls.NEST_PARENT, device, parent, good, 0));
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        assertErrno(Errno.EINVAL, () -> nested(user, plain));
        int first = nested(user, parent);
        assertErrno(Errno.EINVAL, () -> nested(user, first));
        assertErrno(Errno.EBUSY, () -> context.destroy(parent));
        context.destroy(first);
        context.destroy(parent);
    }

    /** What only the unit knows: what its entries cannot say is refused with the number that Linux's driver has for it. */
    @Test
    public void whatTheUnitRefusesHasTheInterfacesNumber() {
        byte[] bytes = data(user).bytes();
        if (smmu) {
            bytes[0] |= 0xe;
            assertErrno(Errno.EIO, () -> context.hwpt().alloc(0, device, parent, new TypedData(UserTable.SMMUV3, bytes), 0));
        } else if (backend().equals("vtd")) {
            bytes[16] = 57;
            assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent, new TypedData(UserTable.VTD, bytes), 0));
        }
    }

    @Test
    public void alloc_hwpt_nested_attach() {
        int first = nested(user, parent);
        int second = nested(other, parent);
        context.devices().replace(device, first);
        reaches(0);
        assertErrno(Errno.EBUSY, () -> context.destroy(first));
        context.devices().replace(device, second);
        reaches(1);
        context.destroy(first);
        context.devices().replace(device, parent);
        reachesNothing();
        rig.verify(rig.device(0), rig.base(), BUFFER, BUFFER_SIZE);
        context.devices().replace(device, second);
        reaches(1);
        // What the parent loses its children lose too.
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, PAGE, page(64));
        other.map(IOVA + PAGE, page(64), true);
        assertEquals(rig.physical(rig.process, BUFFER), rig.translate(rig.device(0), NO_PASID, IOVA + PAGE, 1));
        context.ioas().unmap(ioas, page(64), PAGE);
        assertEquals(-1, rig.translate(rig.device(0), NO_PASID, IOVA + PAGE, 1));
        context.devices().replace(device, ioas);
        rig.verify(rig.device(0), rig.base(), BUFFER, BUFFER_SIZE);
        context.destroy(second);
        context.destroy(parent);
    }

    @Test
    public void alloc_hwpt_nested_invalidation() {
        int hwpt = nested(user, parent);
        UserEntries one = user.pages(IOVA);
        int length = length(one);
        assertErrno(Errno.EINVAL, () -> invalidate(parent, one));
        assertEquals(Outcome.done(0), context.hwpt().invalidate(hwpt, one.type(), length, 0, NOTHING));
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, 0x1234, length, 1, one.bytes()));
        for (int bad : new int[] {0, 1, length + 1, (int) PAGE + 1}) {
            assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, one.type(), bad, 1, one.bytes()));
        }
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, one.type(), length, HwptCalls.MAX_ENTRIES + 1, one.bytes()));
        context.devices().replace(device, hwpt);
        reaches(0);
        user.map(IOVA, page(2), true);
        UserEntries bad = user.pagesAndBad(IOVA);
        Outcome stopped = invalidate(hwpt, bad);
        assertEquals(1, stopped.done());
        assertEquals(smmu ? Errno.EIO : Errno.EINVAL, stopped.error());
        reaches(2);
        user.map(IOVA, page(3), true);
        assertEquals(Outcome.done(1), invalidate(hwpt, user.everything()));
        reaches(3);
    }

    @Test
    public void viommu_negative_tests() {
        assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().alloc(0xbad, device, parent, NOTHING));
        if (!smmu) {
            assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().alloc(SMMUV3, device, parent, NOTHING));
            return;
        }
        assertErrno(Errno.ENOENT, () -> context.viommus().alloc(SMMUV3, device, 0, NOTHING));
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        assertErrno(Errno.EINVAL, () -> context.viommus().alloc(SMMUV3, device, plain, NOTHING));
        int viommu = context.viommus().alloc(SMMUV3, device, parent, NOTHING).id();
        assertErrno(Errno.EBUSY, () -> context.destroy(parent));
        int behind = nested(user, viommu);
        assertErrno(Errno.EBUSY, () -> context.destroy(viommu));
        assertErrno(Errno.ENOENT, () -> context.devices().replace(device, behind));
        assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().addEventQueue(viommu, 1, 8));
        assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().addHardwareQueue(viommu, 2, 0, page(0), PAGE));
        context.destroy(behind);
        context.destroy(viommu);
        context.destroy(parent);
    }

    /** Commands of a guest, by the StreamID that it knows; sheet smmuv3.md, section 6. */
    @Test
    public void vdevice_cache() {
        if (!smmu) {
            return;
        }
        int viommu = context.viommus().alloc(SMMUV3, device, parent, NOTHING).id();
        int vdevice = context.viommus().addDevice(viommu, device, VIRTUAL_ID);
        assertErrno(Errno.EEXIST, () -> context.viommus().addDevice(viommu, device, VIRTUAL_ID + 1));
        int behind = nested(user, viommu);
        context.devices().replace(device, behind);
        reaches(0);
        assertErrno(Errno.EBUSY, () -> context.destroy(vdevice));
        user.map(IOVA, page(2), true);
        assertEquals(Outcome.done(1), invalidate(viommu, user.pages(IOVA)));
        reaches(2);
        // The context descriptor leads to the other table from now on.
        long descriptor = rig.physical(rig.process, BUFFER + (contextDescriptor() - rig.base()));
        rig.memory.writeLong(descriptor + 8, other.root());
        int cfgiCd = 0x05;
        int tlbiNhAll = 0x10;
        Outcome both = invalidate(viommu, commands(tlbiNhAll, 0, cfgiCd | VIRTUAL_ID << 32, 0));
        assertEquals(Outcome.done(2), both);
        reaches(1);
        Outcome unknown = invalidate(viommu, commands(tlbiNhAll, 0, cfgiCd | (VIRTUAL_ID + 1) << 32, 0));
        assertEquals(1, unknown.done());
        assertEquals(Errno.EIO, unknown.error());
        context.devices().replace(device, ioas);
        context.destroy(vdevice);
        assertEquals("no device has that id any more", 0, invalidate(viommu, commands(cfgiCd | VIRTUAL_ID << 32, 0)).done());
    }

    private long contextDescriptor() {
        return DataFormat.word(data(user).bytes(), 0) & 0x000f_ffff_ffff_ffc0L;
    }

    private static UserEntries commands(long... words) {
        ByteBuffer out = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(words).forEach(out::putLong);
        return new UserEntries(UserEntries.SMMUV3, out.array(), words.length / 2, null);
    }
}
