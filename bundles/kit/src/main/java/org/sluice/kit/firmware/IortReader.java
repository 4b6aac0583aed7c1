// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;

import org.sluice.kit.firmware.IortTable.Content;
import org.sluice.kit.firmware.IortTable.IdMapping;
import org.sluice.kit.firmware.IortTable.Node;
import org.sluice.machine.AddressRange;

/** Reads the bytes of an IORT; each array must lie inside its own node, so that the work is linear in the table's length. */
final class IortReader {
    private static final int NODE_COUNT = 36;
    private static final int NODE_OFFSET = 40;
    private static final int NODE_HEADER = 16;
    private static final int MAPPING_BYTES = 20;
    private static final int MEMORY_RANGE_BYTES = 20;

    private final TableBytes table;

    private IortReader(TableBytes table) {
        this.table = table;
    }

    static IortTable read(TableBytes table) {
        return new IortTable(table.header(), new IortReader(table).nodes());
    }

    private List<Node> nodes() {
        long count = table.u32(NODE_COUNT);
        long first = table.u32(NODE_OFFSET);
        if (first < AcpiHeader.BYTES || first > table.length()) {
            throw table.bad(NODE_OFFSET, "the first node is at " + first + ", outside the table");
        }
        List<Node> nodes = new ArrayList<>();
        int at = (int) first;
        for (long i = 0; i < count; i++) {
            int length = table.u16(at + 1);
            table.structure(at, length, NODE_HEADER, table.length(), "the node");
            nodes.add(node(at, at + length));
            at += length;
        }
        return nodes;
    }

    private Node node(int at, int end) {
        int type = table.u8(at);
        List<IdMapping> mappings = new ArrayList<>();
        for (int mapping : array(at, end, table.u32(at + 8), table.u32(at + 12), MAPPING_BYTES, "id mappings")) {
            mappings.add(new IdMapping(table.u32(mapping), table.u32(mapping + 4), table.u32(mapping + 8), table.u32(mapping + 12),
                    (table.u32(mapping + 16) & 1) != 0));
        }
        return new Node(at, type, table.u8(at + 3), table.u32(at + 4), mappings, content(at, type, end));
    }

    private Content content(int at, int type, int end) {
        return switch (type) {
            case 0 -> itsGroup(at, end);
            case 1 -> {
                need(at, end, 29, "the named component");
                yield new IortTable.NamedComponent(table.u32(at + 16), table.u64(at + 20), table.u8(at + 28), table.text(at + 29, end));
            }
            case 2 -> rootComplex(at, end);
            case 3 -> {
                need(at, end, 40, "the SMMU");
                yield new IortTable.SmmuV2(table.u64(at + 16), table.u64(at + 24), table.u32(at + 32), table.u32(at + 36));
            }
            case 4 -> smmuV3(at, end);
            case 5 -> {
                need(at, end, 32, "the performance counter group");
                long page1 = end - at >= 40 ? table.u64(at + 32) : 0;
                yield new IortTable.Pmcg(table.u64(at + 16), table.u32(at + 24), table.u32(at + 28), page1);
            }
            case 6 -> reservedMemory(at, end);
            default -> new IortTable.Other(type);
        };
    }

    private Content itsGroup(int at, int end) {
        need(at, end, 20, "the ITS group");
        List<Long> ids = new ArrayList<>();
        for (int id : array(at, end, table.u32(at + 16), 20, Integer.BYTES, "ITS ids")) {
            ids.add(table.u32(id));
        }
        return new IortTable.ItsGroup(List.copyOf(ids));
    }

    private Content rootComplex(int at, int end) {
        need(at, end, 32, "the root complex");
        // The address limit came with revision 1, PASID capabilities with revision 3.
        int limit = end - at > 32 ? table.u8(at + 32) : 0;
        int pasid = end - at >= 35 ? table.u16(at + 33) : 0;
        return new IortTable.RootComplex(table.u64(at + 16), table.u32(at + 24), (int) (table.u32(at + 28) & 0xffff_ffffL), limit, pasid);
    }

    private Content smmuV3(int at, int end) {
        need(at, end, 60, "the SMMUv3");
        // The proximity domain came with revision 1, the device id mapping with revision 1 too.
        long proximity = end - at >= 64 ? table.u32(at + 60) : 0;
        long mapping = end - at >= 68 ? table.u32(at + 64) : 0;
        return new IortTable.SmmuV3(table.u64(at + 16), table.u32(at + 24), table.u64(at + 32), table.u32(at + 40), table.u32(at + 44),
                table.u32(at + 48), table.u32(at + 52), table.u32(at + 56), proximity, mapping);
    }

    private Content reservedMemory(int at, int end) {
        need(at, end, 28, "the reserved memory");
        List<AddressRange> ranges = new ArrayList<>();
        for (int range : array(at, end, table.u32(at + 20), table.u32(at + 24), MEMORY_RANGE_BYTES, "memory ranges")) {
            long start = table.u64(range);
            long length = table.u64(range + 8);
            if (length == 0 || Long.compareUnsigned(start, start + (length - 1)) > 0) {
                throw table.bad(range, "the memory range is empty or wraps around");
            }
            ranges.add(AddressRange.ofSize(start, length));
        }
        return new IortTable.ReservedMemory(table.u32(at + 16), List.copyOf(ranges));
    }

    /** Offsets of {@code count} elements that start {@code offset} bytes into the node. */
    private List<Integer> array(int at, int end, long count, long offset, int bytes, String what) {
        if (count == 0) {
            return List.of();
        }
        if (offset < NODE_HEADER || offset + count * bytes > end - at) {
            throw table.bad(at, "the node's " + count + " " + what + " do not lie inside it");
        }
        List<Integer> offsets = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            offsets.add((int) (at + offset + i * bytes));
        }
        return offsets;
    }

    private void need(int at, int end, int minimum, String what) {
        table.structure(at, end - at, minimum, end, what);
    }
}
