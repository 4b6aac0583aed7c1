// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.RegisterImage;

/** Reads {@code machine.json} in the form {@code iommu-capture/1}; see docs/capture-format.md. */
final class DescriptionReader {
    static final String SCHEMA = "iommu-capture/1";

    private static final Pattern PRINTABLE = Pattern.compile("[^\\p{Cntrl}]{1,128}");
    /** Keys that have a place of their own in {@link MachineDescription}; the rest goes into its {@code extra}. */
    private static final Set<String> TYPED = Set.of("schema", "name", "arch", "byteOrder", "ram", "units", "devices", "groups", "interruptControllers", "extra");

    private DescriptionReader() {
    }

    /**
     * What a description says, as far as no other file is needed.
     *
     * @param machine with firmware tables still without bytes
     * @param registers by unit name
     * @param zeros pages that were captured and are all zero
     * @param raw pieces of a raw image; empty if the image is ELF
     * @param firmware the value under {@code firmware}
     */
    record Described(MachineDescription machine, Map<String, RegisterImage> registers, RamRanges ram, List<AddressRange> zeros,
            List<Segment> raw, Attributes firmware) {
    }

    /**
     * @throws org.sluice.machine.IommuException with file, key and reason
     */
    static Described read(Path file) {
        Attributes root = new Attributes(JsonTree.read(file));
        String schema = Trouble.in(file.toString(), () -> root.text("schema").orElse(""));
        if (!schema.equals(SCHEMA)) {
            throw Trouble.bad(file, "'schema' is '" + Trouble.oneLine(schema) + "', not '" + SCHEMA + "': not a description of a machine");
        }
        return Trouble.in(file.toString(), () -> described(file, root));
    }

    private static Described described(Path file, Attributes root) {
        Architecture architecture = architecture(root);
        RamRanges ram = new RamRanges(root.has("ram") ? ranges(root, "ram") : null);
        List<UnitDescription> units = new ArrayList<>();
        Map<String, RegisterImage> registers = new HashMap<>();
        List<Attributes> elements = root.children("units");
        for (int i = 0; i < elements.size(); i++) {
            int index = i;
            UnitReader unit = Trouble.in("units[" + i + "]", () -> UnitReader.read(elements.get(index)));
            if (registers.put(unit.unit().name(), unit.registers()) != null) {
                throw Trouble.bad("units[" + i + "]: there are two units named '" + unit.unit().name() + "'");
            }
            units.add(unit.unit());
        }
        MachineDescription machine = new MachineDescription(name(file, root), architecture, ram.ranges(), units,
                DeviceReader.devices(root, architecture, units), DeviceReader.groups(root), DeviceReader.controllers(root), List.of(),
                extra(root));
        return new Described(machine, registers, ram, ranges(root, "zeroRanges"), raw(root, ram),
                root.child("firmware").orElse(Attributes.EMPTY));
    }

    private static Architecture architecture(Attributes root) {
        String text = root.text("arch").orElseThrow(() -> Trouble.bad("'arch' is missing"));
        Architecture architecture = Architecture.ofText(text).orElseThrow(
                () -> Trouble.bad("'arch' is '" + Trouble.oneLine(text) + "'; known are x86_64, aarch64 and s390x"));
        String order = architecture.isLittleEndian() ? "little" : "big";
        String stated = root.text("byteOrder").orElse(order);
        if (!stated.equals(order)) {
            throw Trouble.bad("'byteOrder' is '" + Trouble.oneLine(stated) + "', but memory of " + architecture + " is " + order + "-endian");
        }
        return architecture;
    }

    private static String name(Path file, Attributes root) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        String fallback = folder == null || folder.getFileName() == null ? "machine" : folder.getFileName().toString();
        String name = root.text("name").orElse(fallback);
        if (!PRINTABLE.matcher(name).matches()) {
            throw Trouble.bad("'name' is not 1 to 128 printable characters");
        }
        return name;
    }

    private static List<AddressRange> ranges(Attributes root, String key) {
        return Trouble.in("'" + key + "'", () -> root.children(key).stream().map(Attributes::asRange).toList());
    }

    /** {@code extra.rawMemory[]}: which piece of RAM lies where in a raw image. */
    private static List<Segment> raw(Attributes root, RamRanges ram) {
        List<Segment> segments = new ArrayList<>();
        Attributes extra = root.child("extra").orElse(Attributes.EMPTY);
        for (Attributes element : extra.children("rawMemory")) {
            AddressRange range = Trouble.in("'rawMemory'", element::asRange);
            long offset = element.number("offset").orElseThrow(() -> Trouble.bad("'rawMemory': 'offset' is missing"));
            if (!ram.contains(range)) {
                throw Trouble.bad("'rawMemory': " + range + " lies outside 'ram'");
            }
            segments.add(new Segment(range.start(), offset, range.size()));
        }
        return segments;
    }

    /** The keys of {@code extra} and, under their own names, the keys that have no other place. */
    private static Attributes extra(Attributes root) {
        Map<String, Object> all = new LinkedHashMap<>();
        root.child("extra").ifPresent(extra -> extra.keys().forEach(key -> all.put(key, extra.raw(key))));
        Set<String> rest = new HashSet<>(root.keys());
        rest.removeAll(TYPED);
        root.keys().stream().filter(rest::contains).forEach(key -> all.put(key, root.raw(key)));
        return new Attributes(all);
    }
}
