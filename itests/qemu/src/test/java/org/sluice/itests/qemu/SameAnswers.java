// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;

import java.util.List;
import java.util.Random;

import org.sluice.api.Access;
import org.sluice.api.InterruptRequest;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Mapping;
import org.sluice.api.TranslationRequest;
import org.sluice.api.UnitInfo;
import org.sluice.machine.DeviceId;
import org.sluice.testkit.Seed;

/** Puts the same questions to two machines that should be one. */
final class SameAnswers {
    private static final int WALKS = 2000;
    private static final int MESSAGES = 300;

    private final Platform platform;
    private final Lease one;
    private final Lease other;
    private final Random random = Seed.random();

    SameAnswers(Platform platform, Lease one, Lease other) {
        this.platform = platform;
        this.one = one;
        this.other = other;
    }

    void check(List<DeviceId> devices) {
        assertEquals(platform.devices(one), platform.devices(other));
        assertEquals(platform.mappings(one, null), platform.mappings(other, null));
        assertEquals(platform.defects(one, null), platform.defects(other, null));
        assertEquals(platform.inspect.faults(one.machine()), platform.inspect.faults(other.machine()));
        assertEquals(platform.inspect.regions(one.machine()), platform.inspect.regions(other.machine()));
        for (UnitInfo unit : one.machine().units()) {
            assertEquals(platform.inspect.registers(one.machine(), unit.name()), platform.inspect.registers(other.machine(), unit.name()));
            assertEquals(platform.inspect.queues(one.machine(), unit.name()), platform.inspect.queues(other.machine(), unit.name()));
        }
        for (DeviceId device : devices) {
            walks(device);
            messages(device);
        }
    }

    /** Addresses in, beside and far from mappings. */
    private void walks(DeviceId device) {
        List<Mapping> mappings = platform.mappings(one, device);
        for (int i = 0; i < WALKS; i++) {
            long near = mappings.isEmpty() ? 0 : mappings.get(random.nextInt(mappings.size())).iova() + random.nextInt(0x4000) - 0x1000;
            long iova = random.nextInt(4) == 0 ? random.nextLong() >>> random.nextInt(40) : near;
            Access access = Access.values()[random.nextInt(Access.values().length)];
            TranslationRequest request = new TranslationRequest(device, TranslationRequest.NO_PASID, iova, access);
            assertEquals(platform.inspect.translate(one.machine(), request, true), platform.inspect.translate(other.machine(), request, true));
        }
    }

    private void messages(DeviceId device) {
        for (int i = 0; i < MESSAGES; i++) {
            long address = 0xfee00000L | (long) random.nextInt(0x40000) << 2;
            InterruptRequest request = new InterruptRequest(device, address, random.nextInt(8));
            assertEquals(platform.inspect.remapInterrupt(one.machine(), request, true), platform.inspect.remapInterrupt(other.machine(), request, true));
        }
    }
}
