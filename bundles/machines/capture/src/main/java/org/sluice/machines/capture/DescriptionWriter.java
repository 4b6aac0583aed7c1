// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;

/** Turns a machine back into the tree of a {@code machine.json}. What a capture said stays as it was said. */
final class DescriptionWriter {
    /** Keys of the form's top level that a capture's facts are kept under; the rest of the facts goes into {@code extra}. */
    private static final Set<String> TOP_LEVEL = Set.of("pages", "zeroRanges", "firmware", "versions", "commandLines");
    /** What this reader adds, or what holds for another image only. */
    private static final Set<String> DERIVED = Set.of("rawMemory", "firmwareProblems", "firmwareMissing", "source", "segments", "unknown");
    private static final int DEFAULT_REGISTER_BYTES = 4096;

    private final Machine machine;
    private final MachineDescription description;
    private final Attributes facts;

    DescriptionWriter(Machine machine) {
        this.machine = machine;
        this.description = machine.snapshot();
        this.facts = description.extra();
    }

    /** @param firmware value of the key {@code firmware}, as the tables were written */
    Map<String, Object> tree(String name, KnownPages pages, Object firmware) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("schema", DescriptionReader.SCHEMA);
        root.put("name", name);
        root.put("arch", description.architecture().toString());
        root.put("byteOrder", description.architecture().isLittleEndian() ? "little" : "big");
        if (machine.memory().ramKnown()) {
            root.put("ram", ranges(machine.memory().ram()));
        }
        root.put("units", description.units().stream().map(this::unit).toList());
        root.put("devices", description.devices().stream().map(this::device).toList());
        root.put("groups", description.groups().stream().map(DescriptionWriter::group).toList());
        root.put("interruptControllers", description.interruptControllers().stream().map(DescriptionWriter::controller).toList());
        root.put("firmware", firmware);
        root.put("pages", facts.has("pages") ? facts.raw("pages") : Map.of("memory", ranges(join(pages))));
        root.put("zeroRanges", ranges(pages.zeros()));
        root.put("versions", facts.raw("versions"));
        root.put("commandLines", facts.raw("commandLines"));
        Map<String, Object> extra = copy(facts);
        extra.keySet().removeAll(TOP_LEVEL);
        extra.keySet().removeAll(DERIVED);
        root.put("extra", extra);
        return root;
    }

    private static List<AddressRange> join(KnownPages pages) {
        List<AddressRange> all = new ArrayList<>(pages.stored());
        all.addAll(pages.zeros());
        all.sort(null);
        return all;
    }

    private Map<String, Object> unit(UnitDescription unit) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", unit.name());
        tree.put("type", unit.type());
        if (unit.registerBase() != -1) {
            tree.put("mmioBase", Hex.of(unit.registerBase()));
        }
        tree.putAll(copy(unit.attributes()));
        if (!tree.containsKey("registers") && !tree.containsKey("registerWords") && unit.registerBase() != -1) {
            List<Object> words = registerWords(unit);
            if (!words.isEmpty()) {
                tree.put("registerWords", words);
            }
        }
        return tree;
    }

    /** Runs of known words. */
    private List<Object> registerWords(UnitDescription unit) {
        RegisterPort port = machine.registers(unit);
        List<Object> blocks = new ArrayList<>();
        List<Object> words = null;
        int end = end(port, unit);
        for (int offset = 0; offset < end; offset += Integer.BYTES) {
            if (!port.isKnown(offset, Integer.BYTES)) {
                words = null;
                continue;
            }
            if (words == null) {
                words = new ArrayList<>();
                Map<String, Object> block = new LinkedHashMap<>();
                block.put("start", Hex.of(unit.registerBase() + offset));
                block.put("words", words);
                blocks.add(block);
            }
            words.add(String.format("0x%08x", port.read32(offset)));
        }
        return blocks;
    }

    private static int end(RegisterPort port, UnitDescription unit) {
        if (port instanceof RegisterImage image) {
            return image.words().keySet().stream().mapToInt(offset -> offset + Integer.BYTES).max().orElse(0);
        }
        return unit.attributes().number("mmioSize").orElse((long) DEFAULT_REGISTER_BYTES).intValue();
    }

    private static Map<String, Object> controller(InterruptController controller) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", controller.type());
        tree.putAll(copy(controller.attributes()));
        if (controller.doorbell() != null) {
            tree.put("doorbell", range(controller.doorbell()));
        }
        if (controller.sourceId() >= 0) {
            tree.put("sourceId", Hex.of(controller.sourceId()));
        }
        return tree;
    }

    private Map<String, Object> device(DeviceDescription device) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("device", device.device().toString());
        tree.putAll(copy(device.attributes()));
        tree.remove("unitUnknown");
        if (device.driver() != null) {
            tree.put("driver", device.driver());
        }
        if (device.group() >= 0) {
            tree.put("iommuGroup", (long) device.group());
        }
        if (device.unitStated()) {
            tree.put("unit", device.unit());
            stateId(device, tree);
        }
        return tree;
    }

    /** An id that came from firmware tables is stated now, as the unit is. */
    private void stateId(DeviceDescription device, Map<String, Object> tree) {
        boolean stated = DeviceReader.REQUESTER_KEYS.stream().anyMatch(tree::containsKey);
        if (!stated && device.unit() != null && device.requesterId() >= 0) {
            String key = switch (description.unit(device.unit()).map(UnitDescription::type).orElse("")) {
                case "arm-smmu-v3" -> "streamId";
                case "virtio-iommu" -> "endpointId";
                case "s390-zpci" -> "fid";
                default -> "sourceId";
            };
            tree.put(key, Hex.of(device.requesterId()));
        }
    }

    private static Map<String, Object> group(GroupDescription group) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("id", (long) group.id());
        tree.put("type", group.type());
        tree.put("devices", group.devices().stream().map(Object::toString).toList());
        tree.put("reservedRegions", group.reserved().stream().map(reserved -> {
            Map<String, Object> range = range(reserved.range());
            range.put("type", reserved.type());
            return range;
        }).toList());
        return tree;
    }

    private static List<Map<String, Object>> ranges(List<AddressRange> ranges) {
        return ranges.stream().map(DescriptionWriter::range).toList();
    }

    private static Map<String, Object> range(AddressRange range) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("start", Hex.of(range.start()));
        tree.put("last", Hex.of(range.last()));
        return tree;
    }

    private static Map<String, Object> copy(Attributes attributes) {
        Map<String, Object> tree = new LinkedHashMap<>();
        attributes.keys().forEach(key -> tree.put(key, attributes.raw(key)));
        return tree;
    }
}
