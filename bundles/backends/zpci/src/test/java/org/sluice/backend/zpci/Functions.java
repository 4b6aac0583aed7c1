// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/** Descriptions of machines with PCI functions, for tests: what is not said stays out of the description. */
final class Functions {
    static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);
    static final long FIRST = 0x1_0000_0000L;
    /** Region-third tables reach 4 TiB. */
    static final long LAST = 0x3ff_ffff_ffffL;
    static final int FID = 0x10;
    static final int OTHER_FID = 0x11;

    private final List<Object> functions = new ArrayList<>();
    private final List<DeviceDescription> devices = new ArrayList<>();
    private final Map<String, Object> group = new HashMap<>();

    /** Two functions with nothing registered. */
    static Functions two() {
        return new Functions().function(FID, null).function(OTHER_FID, null);
    }

    /** @param iota anchor, or null for nothing registered */
    Functions function(int fid, Long iota) {
        return function(fid, iota, FIRST, LAST, Map.of());
    }

    Functions function(int fid, Long iota, long first, long last, Map<String, Object> more) {
        DeviceId device = DeviceId.pci(fid, 0, 0);
        Map<String, Object> function = new HashMap<>();
        function.put("device", device.toString());
        function.put("fid", hex(fid));
        function.put("iota", iota == null ? null : hex(iota));
        function.put("pba", hex(first));
        function.put("pal", hex(last));
        function.putAll(more);
        functions.add(function);
        devices.add(new DeviceDescription(device, fid, "zpci0", true, null, -1, Attributes.EMPTY));
        return this;
    }

    Functions group(String key, Object value) {
        group.put(key, value);
        return this;
    }

    MachineDescription machine() {
        UnitDescription unit = new UnitDescription("zpci0", "s390-zpci", -1, new Attributes(Map.of("functions", functions, "group", group)));
        return new MachineDescription("test", Architecture.S390X, List.of(RAM), List.of(unit), devices, List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    static DeviceId device(int fid) {
        return DeviceId.pci(fid, 0, 0);
    }
}
