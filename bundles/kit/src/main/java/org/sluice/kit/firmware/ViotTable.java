// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.machine.DeviceId;

/**
 * The virtual I/O translation table: which requesters a virtio-iommu serves. Immutable. Source: ACPI 6.5, section 5.2.36.
 * {@code offset} is where a node starts in the table and what other nodes refer to.
 */
public record ViotTable(AcpiHeader header, List<Unit> units, List<PciRange> ranges, List<MmioEndpoint> endpoints, List<Integer> skipped) {
    public static final String SIGNATURE = "VIOT";

    private static final int NODE_COUNT = 36;
    private static final int NODE_OFFSET = 38;
    private static final int NODE_HEADER = 4;
    private static final int ENDPOINT_BYTES = 24;
    private static final int UNIT_BYTES = 16;

    /**
     * A virtio-iommu.
     *
     * @param device its PCI function, or null
     * @param registerBase its MMIO base, or -1
     */
    public record Unit(int offset, DeviceId device, long registerBase) {
    }

    /** PCI functions {@code firstRequester} to {@code lastRequester} of segments {@code firstSegment} to {@code lastSegment}. */
    public record PciRange(int offset, long endpoint, int firstSegment, int lastSegment, int firstRequester, int lastRequester, int unit) {
        boolean contains(DeviceId device) {
            return device.isPci() && device.segment() >= firstSegment && device.segment() <= lastSegment
                    && device.requesterId() >= firstRequester && device.requesterId() <= lastRequester;
        }

        long endpointOf(DeviceId device) {
            return ((long) (device.segment() - firstSegment) << 16) + device.requesterId() - firstRequester + endpoint;
        }
    }

    /** A device on the memory bus. */
    public record MmioEndpoint(int offset, long endpoint, long base, int unit) {
    }

    /** The unit that serves a device, and the device's id there. */
    public record Endpoint(Unit unit, long id) {
    }

    public ViotTable {
        units = List.copyOf(units);
        ranges = List.copyOf(ranges);
        endpoints = List.copyOf(endpoints);
        skipped = List.copyOf(skipped);
    }

    /** Who serves a PCI function; empty if no range has it. */
    public Optional<Endpoint> endpoint(DeviceId device) {
        for (PciRange range : ranges) {
            if (range.contains(device)) {
                return units.stream().filter(u -> u.offset() == range.unit()).findFirst()
                        .map(unit -> new Endpoint(unit, range.endpointOf(device)));
            }
        }
        return Optional.empty();
    }

    /**
     * @throws org.sluice.machine.IommuException {@code TRUNCATED} or {@code BAD_FORMAT} with the offset
     */
    public static ViotTable read(byte[] bytes) {
        TableBytes table = new TableBytes(SIGNATURE, bytes);
        List<Unit> units = new ArrayList<>();
        List<PciRange> ranges = new ArrayList<>();
        List<MmioEndpoint> endpoints = new ArrayList<>();
        List<Integer> skipped = new ArrayList<>();
        int count = table.u16(NODE_COUNT);
        int at = table.u16(NODE_OFFSET);
        for (int i = 0; i < count; i++) {
            int length = table.u16(at + 2);
            table.structure(at, length, NODE_HEADER, table.length(), "the node");
            switch (table.u8(at)) {
                case 1 -> {
                    table.structure(at, length, ENDPOINT_BYTES, at + length, "the PCI range");
                    ranges.add(new PciRange(at, table.u32(at + 4), table.u16(at + 8), table.u16(at + 10), table.u16(at + 12),
                            table.u16(at + 14), table.u16(at + 16)));
                }
                case 2 -> {
                    table.structure(at, length, ENDPOINT_BYTES, at + length, "the MMIO endpoint");
                    endpoints.add(new MmioEndpoint(at, table.u32(at + 4), table.u64(at + 8), table.u16(at + 16)));
                }
                case 3 -> {
                    table.structure(at, length, UNIT_BYTES, at + length, "the virtio-iommu");
                    units.add(new Unit(at, DeviceId.ofRequester(table.u16(at + 4), table.u16(at + 6)), -1));
                }
                case 4 -> {
                    table.structure(at, length, UNIT_BYTES, at + length, "the virtio-iommu");
                    units.add(new Unit(at, null, table.u64(at + 8)));
                }
                default -> skipped.add(at);
            }
            at += length;
        }
        return new ViotTable(table.header(), units, ranges, endpoints, skipped);
    }
}
