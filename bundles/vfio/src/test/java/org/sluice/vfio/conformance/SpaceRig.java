// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.sluice.api.space.AddressSpace;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.iommufd.DeviceOwners;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.internal.SpacePort;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.TranslationPort;

/** A made-up machine with a backend's unit, driven and modelled; what devices reach is what the model lets them reach. */
final class SpaceRig extends Rig {
    static final List<String> BACKENDS = List.of("vtd", "smmuv3", "amdvi", "zpci", "virtio");
    private static final List<DeviceId> DEVICES = List.of(DeviceId.parse("0000:00:03.0"), DeviceId.parse("0000:00:04.0"));
    private static final long FRAMES_FROM = 64 << 20;
    private static final long FRAMES = 32 << 20;
    /** Within every backend's aperture: zPCI's begins at 4 GiB. */
    private static final long BASE = 0x1_0100_0000L;

    final Platform platform;
    private final TranslationPort port;
    private final SwappingPort swapping;
    private final IommufdContext context;
    private final DeviceFacts facts;

    /** @param swaps whether the backend is replaced again and again */
    SpaceRig(String backend, boolean swaps) {
        this(new Platform(backend), swaps);
    }

    private SpaceRig(Platform platform, boolean swaps) {
        super(platform.machine.memory(), AddressRange.ofSize(platform.machine.memory().ram().get(0).start() + FRAMES_FROM, FRAMES));
        this.platform = platform;
        TranslationPort spaces = new SpacePort(platform.spaces, platform.machine, new AtomicInteger());
        this.facts = spaces.facts(DEVICES.get(0));
        this.swapping = swaps ? new SwappingPort(spaces, platform) : null;
        this.port = new FailingPort(swaps ? swapping : spaces, failure());
        this.context = new IommufdContext(port, new DeviceOwners());
    }

    @Override
    IommufdContext context() {
        return context;
    }

    @Override
    DeviceId device(int index) {
        return DEVICES.get(index);
    }

    @Override
    int devices() {
        return DEVICES.size();
    }

    @Override
    long translate(DeviceId device, int pasid, long iova, int permission) {
        return Math.max(-1, platform.dma.port(platform.machine, device, pasid).translate(iova, permission));
    }

    /** Every space with every mapping, and who uses it. */
    @Override
    Map<String, Object> tables() {
        Map<String, Object> state = new TreeMap<>();
        for (AddressSpace space : platform.spaces.list(platform.machine)) {
            List<String> mappings = new ArrayList<>();
            space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> mappings.add(iova + " " + last + " " + output + " " + permissions));
            state.put(space.name(), mappings + " " + space.attachments());
        }
        return state;
    }

    @Override
    long granule() {
        return facts.granule();
    }

    @Override
    AddressRange aperture() {
        return facts.aperture();
    }

    @Override
    long base() {
        return BASE;
    }

    @Override
    public void close() {
        failure().arm(0);
        super.close();
        assertEquals("spaces", List.of(), platform.spaces.list(platform.machine));
        if (swapping != null) {
            swapping.assertSwapped();
        }
        platform.close();
    }
}
