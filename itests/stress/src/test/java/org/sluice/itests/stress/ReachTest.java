// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Placement;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;

/** SHM-15: devices that reach 24 bits, 32 bits or a window of their own, side by side; addresses are chosen in it, and maps beyond it refused. */
public class ReachTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final AddressRange ALL = new AddressRange(0, -1L);
    private static final AddressRange WINDOW = new AddressRange(0x9000_0000L, 0x9fff_ffffL);
    private static final DeviceId ISA = DeviceId.parse("0000:00:1f.0");

    private final Platform platform = new Platform();
    private Machine machine;
    private long ram;

    private static MachineDescription limited(MachineDescription d) {
        List<DeviceDescription> devices = new ArrayList<>();
        for (DeviceDescription device : d.devices()) {
            if (device.device().equals(Platform.NIC)) {
                devices.add(with(device, Platform.NIC, Map.of("dmaBits", 32L)));
                devices.add(with(device, ISA, Map.of("dmaBits", 24L)));
            } else {
                devices.add(device.device().equals(Platform.ENGINE) ? with(device, Platform.ENGINE,
                        Map.of("dmaWindow", Map.of("start", WINDOW.start(), "last", WINDOW.last()))) : device);
            }
        }
        return new MachineDescription(d.name(), d.architecture(), d.ram(), d.units(), devices, d.groups(), d.interruptControllers(), d.firmware(), d.extra());
    }

    private static DeviceDescription with(DeviceDescription device, DeviceId id, Map<String, Object> more) {
        Map<String, Object> attributes = new HashMap<>(more);
        device.attributes().keys().forEach(key -> attributes.put(key, device.attributes().raw(key)));
        return new DeviceDescription(id, id.requesterId(), device.unit(), device.unitStated(), device.driver(), device.group(), new Attributes(attributes));
    }

    @Before
    public void open() {
        platform.machines.bind(new AlteredSource(platform.synthetic, ReachTest::limited));
        machine = platform.machines.open("altered:vtd", "altered", false, Progress.NONE);
        ram = machine.memory().ram().get(0).start();
    }

    @After
    public void close() {
        platform.machines.close("altered");
        platform.close();
    }

    private AddressSpace space(String name, DeviceId... devices) {
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named(name));
        for (DeviceId device : devices) {
            space.attach(device, NO_PASID);
        }
        return space;
    }

    private void assertReach(AddressSpace space, long last, long beyond) {
        for (int i = 0; i < 100; i++) {
            long at = space.place(ram, PAGE, READ_WRITE, new Placement(ALL, 0));
            assertTrue(Long.toHexString(at), Long.compareUnsigned(at + (PAGE - 1), last) <= 0);
        }
        RefusedException refused = assertThrows(RefusedException.class, () -> space.map(beyond, ram, PAGE, READ_WRITE));
        Refusal why = refused.refusals().get(0);
        assertEquals(Rule.OVERLAP, why.rule());
        assertTrue(why.text(), why.text().contains("reaches"));
    }

    @Test
    public void addressesAreChosenWhereTheDeviceReachesAndOthersAreRefused() {
        assertReach(space("plain", Platform.NIC), (1L << 32) - 1, 1L << 32);
        assertReach(space("isa", ISA), (1L << 24) - 1, 1L << 24);
        AddressSpace windowed = space("window", Platform.ENGINE);
        assertReach(windowed, WINDOW.last(), WINDOW.last() + 1);
        assertEquals(List.of(WINDOW), windowed.usable());
        assertThrows(RefusedException.class, () -> windowed.map(WINDOW.start() - PAGE, ram, PAGE, READ_WRITE));
    }

    /** Who shares a space shares what all of them reach; a device that does not reach what is mapped stays out, and nothing has changed. */
    @Test
    public void aSharedSpaceIsWhatAllReach() {
        AddressSpace both = space("both", Platform.NIC, Platform.ENGINE);
        assertEquals(List.of(WINDOW), both.usable());
        both.map(WINDOW.start(), ram, PAGE, READ_WRITE);
        RefusedException refused = assertThrows(RefusedException.class, () -> both.attach(ISA, NO_PASID));
        assertTrue(refused.getMessage(), refused.getMessage().contains("reaches 0x0-0xffffff only"));
        assertEquals(2, both.attachments().size());
    }
}
