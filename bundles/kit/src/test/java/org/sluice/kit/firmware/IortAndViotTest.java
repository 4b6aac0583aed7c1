// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.kit.firmware.IortTable.Node;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

public class IortAndViotTest {
    private static final int SMMU_BYTES = 68;
    private static final int SMMU_AT = 48;
    private static final int ROOT_AT = SMMU_AT + SMMU_BYTES;

    private static TableBuilder smmu(TableBuilder table, long base) {
        return table.hex("04").u16(SMMU_BYTES).hex("04 00000000").u32(0).u32(0).u64(base).raw(new byte[44]);
    }

    /** A root complex with mappings of 20 bytes each. */
    private static TableBuilder root(TableBuilder table, int segment, String... mappings) {
        table.hex("02").u16(36 + 20 * mappings.length).hex("03 01000000").u32(mappings.length).u32(36)
                .u64(1).u32(0).u32(segment).u32(0x40);
        for (String mapping : mappings) {
            table.hex(mapping);
        }
        return table;
    }

    private static String mapping(int input, int count, int output, int node) {
        return String.format("%08x%08x%08x%08x00000000", Integer.reverseBytes(input), Integer.reverseBytes(count),
                Integer.reverseBytes(output), Integer.reverseBytes(node));
    }

    private static long streamOf(String mapping, int rid) {
        IortTable table = IortTable.read(root(smmu(TableBuilder.iort(2), 0x9050000), 0, mapping).build());
        return table.stream(table.rootComplexes(0).get(0), rid).orElseThrow().streamId();
    }

    @Test
    public void requesterIdsBecomeStreamIds() {
        assertEquals(0x310, streamOf(mapping(0, 0xffff, 0, SMMU_AT), 0x310));
        assertEquals(0x10310, streamOf(mapping(0, 0xffff, 0x10000, SMMU_AT), 0x310));
        assertEquals("the last id belongs to the range", 0xffff, streamOf(mapping(0, 0xffff, 0, SMMU_AT), 0xffff));
    }

    @Test
    public void aRangeThatIsOneTooLongGivesWayToTheNext() {
        IortTable table = IortTable.read(root(smmu(TableBuilder.iort(2), 0), 0, mapping(0, 0x100, 0, SMMU_AT),
                mapping(0x100, 0x100, 0x5000, SMMU_AT)).build());
        Node root = table.rootComplexes(0).get(0);
        assertEquals(0xff, table.stream(root, 0xff).orElseThrow().streamId());
        assertEquals(0x5000, table.stream(root, 0x100).orElseThrow().streamId());
        assertEquals(0x5100, table.stream(root, 0x200).orElseThrow().streamId());
        assertTrue(table.stream(root, 0x201).isEmpty());
    }

    @Test
    public void anIdThatGoesPastTheSmmuHasNoStream() {
        TableBuilder builder = smmu(TableBuilder.iort(3), 0);
        root(builder, 0, mapping(0, 0xff, 0, SMMU_AT), mapping(0x100, 0xff, 0x100, ROOT_AT + 36 + 40));
        builder.hex("00").u16(24).hex("01 00000000").u32(0).u32(0).u32(1).u32(7);
        IortTable table = IortTable.read(builder.build());
        assertEquals(List.of(7L), ((IortTable.ItsGroup) table.nodes().get(2).content()).ids());
        assertTrue(table.stream(table.rootComplexes(0).get(0), 0x100).isEmpty());
    }

    @Test
    public void nodesThatPointAtEachOtherEnd() {
        IortTable table = IortTable.read(root(TableBuilder.iort(1), 0, mapping(0, 0xffff, 0, 48)).build());
        assertTrue(table.stream(table.nodes().get(0), 5).isEmpty());
    }

    @Test
    public void reservedMemoryHasRangesAndStreams() {
        TableBuilder builder = smmu(TableBuilder.iort(2), 0);
        builder.hex("06").u16(68).hex("00 00000000").u32(1).u32(28).u32(1).u32(1).u32(48).hex(mapping(0, 0, 8, SMMU_AT))
                .u64(0x80000000L).u64(0x10000).u32(0);
        IortTable.ReservedMemory memory = (IortTable.ReservedMemory) IortTable.read(builder.build()).nodes().get(1).content();
        assertTrue(memory.remapPermitted());
        assertEquals("0x80000000-0x8000ffff", memory.ranges().get(0).toString());
    }

    @Test
    public void malformedNodesAreRefusedWithTheirOffset() {
        assertBad("IORT at offset 0x30: the node has length 0", TableBuilder.iort(1).hex("04 0000").raw(new byte[20]));
        assertBad("IORT at offset 0x31: the table ends", TableBuilder.iort(1));
        assertBad("4294967295 id mappings do not lie inside it", TableBuilder.iort(1).hex("02 2400 03 00000000 ffffffff 24000000").raw(new byte[20]));
        assertBad("the first node is at 3", new TableBuilder("IORT").u32(1).u32(3).u32(0));
    }

    @Test
    public void endpointIdsCountFromTheRangesStart() {
        ViotTable table = ViotTable.read(TableBuilder.viot(2)
                .hex("03 00 1000 0000 0800 0000000000000000")
                .hex("01 00 1800 00010000 0000 0000 0001 ff01 3000 000000000000").build());
        ViotTable.Endpoint endpoint = table.endpoint(DeviceId.parse("01:02.0")).orElseThrow();
        assertEquals(0x110, endpoint.id());
        assertEquals(DeviceId.parse("00:01.0"), endpoint.unit().device());
        assertTrue(table.endpoint(DeviceId.parse("00:02.0")).isEmpty());
        assertTrue(table.endpoint(DeviceId.parse("0001:01:02.0")).isEmpty());
    }

    @Test
    public void mmioUnitsAndEndpointsAreRead() {
        ViotTable table = ViotTable.read(TableBuilder.viot(3)
                .hex("04 00 1000 00000000 0000000a00000000")
                .hex("02 00 1800 07000000 0000000b00000000 3000 000000000000")
                .hex("09 00 0400").build());
        assertEquals(0x0a000000L, table.units().get(0).registerBase());
        assertEquals(7, table.endpoints().get(0).endpoint());
        assertEquals(1, table.skipped().size());
    }

    private static void assertBad(String expected, TableBuilder table) {
        IommuException e = assertThrows(IommuException.class, () -> IortTable.read(table.build()));
        assertTrue(e.getMessage(), e.getMessage().contains(expected));
    }
}
