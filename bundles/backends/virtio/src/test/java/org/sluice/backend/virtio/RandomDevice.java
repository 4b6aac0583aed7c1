// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.backend.virtio.state.DeviceState;
import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.AddressRange;

/** A device with a few endpoints, and requests that often succeed. */
final class RandomDevice {
    private static final int ENDPOINTS = 6;

    private RandomDevice() {
    }

    static RequestReplay replay(Random random) {
        DeviceState state = new DeviceState(DeviceConfig.FULL, new Limits(4, 1000));
        for (int id = 0; id < ENDPOINTS; id++) {
            state.add(new Endpoint(id, null, random.nextBoolean() ? List.of()
                    : List.of(new Endpoint.Region(AddressRange.ofSize(0x8000, 0x1000), random.nextBoolean()))));
        }
        return new RequestReplay(state);
    }

    /** Makes a request's type, ids and addresses small. */
    static void tame(byte[] request, Random random) {
        ByteBuffer b = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, 1 + random.nextInt(5)).putInt(4, random.nextInt(ENDPOINTS));
        if (request.length >= 20 && request[0] <= 2) {
            b.putInt(8, random.nextInt(ENDPOINTS)).putInt(12, random.nextInt(8) == 0 ? 1 : 0).putInt(16, 0);
        } else if (request.length >= 24 && request[0] <= 4) {
            long start = random.nextInt(16) << 12;
            b.putLong(8, start).putLong(16, start + ((1 + random.nextInt(4)) << 12) - 1);
            if (request.length >= 36) {
                b.putLong(24, (long) random.nextInt(1 << 20) << 12).putInt(32, random.nextInt(8));
            } else if (request.length >= 28) {
                b.putInt(24, 0);
            }
        }
    }

    /** What must always hold. */
    static void check(DeviceState state) {
        for (Domain domain : state.domains()) {
            assertFalse("a domain has an endpoint", domain.endpoints().isEmpty());
            domain.endpoints().forEach(e -> assertSame(domain, e.domain()));
            IntervalMap m = domain.mappings();
            assertTrue(!domain.isBypass() || m.size() == 0);
            for (long at = m.first(); at != IntervalMap.NONE; at = m.next(at)) {
                long start = m.start(at);
                long last = m.last(at);
                assertTrue(domain.endpoints().stream().allMatch(e -> e.regionWithin(start, last) == null));
            }
        }
    }
}
