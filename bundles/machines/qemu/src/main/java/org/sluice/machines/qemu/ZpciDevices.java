// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.DeviceDescription;

/**
 * Functions of a machine of s390, which {@code info qtree} lists with their ids. Software calls a function by its uid as segment;
 * the PCI address inside QEMU means nothing to it. Where a function's tables begin is kept inside QEMU: the unit is listed
 * without its functions' anchors, so that they are searched for in memory.
 */
final class ZpciDevices {
    static final String UNIT = "zpci0";
    private static final Pattern PROPERTY = Pattern.compile("\\s+(uid|fid|target) = \"?([^\" ]+)\"?.*");
    private static final long MAX_UID = 0xffff;

    private ZpciDevices() {
    }

    /** @param pci what {@code query-pci} told: vendor, device and class of each target */
    static List<DeviceDescription> read(String qtree, List<DeviceDescription> pci) {
        List<DeviceDescription> devices = new ArrayList<>();
        Map<String, String> properties = null;
        for (String line : (qtree + "\n  dev: end,").split("\n")) {
            if (line.contains("dev: ") || line.contains("bus: ")) {
                add(properties, pci, devices);
                properties = line.contains("dev: zpci,") ? new HashMap<>() : null;
            }
            Matcher m = PROPERTY.matcher(line);
            if (properties != null && m.matches()) {
                properties.put(m.group(1), m.group(2));
            }
        }
        devices.sort((a, b) -> a.device().compareTo(b.device()));
        return devices;
    }

    private static void add(Map<String, String> properties, List<DeviceDescription> pci, List<DeviceDescription> devices) {
        if (properties == null || !properties.keySet().containsAll(List.of("uid", "fid"))) {
            return;
        }
        long uid = Long.parseLong(properties.get("uid"));
        long fid = Long.parseLong(properties.get("fid"));
        if (uid < 0 || uid > MAX_UID) {
            return;
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        pci.stream().filter(p -> p.attributes().text("qdevId").map(id -> id.equals(properties.get("target"))).orElse(false)).findFirst()
                .ifPresent(target -> target.attributes().keys().forEach(key -> facts.put(key, target.attributes().raw(key))));
        facts.put("fid", Hex.of(fid));
        facts.put("uid", Hex.of(uid));
        devices.add(new DeviceDescription(DeviceId.pci((int) uid, 0, 0), fid, UNIT, true, null, -1, new Attributes(facts)));
    }
}
