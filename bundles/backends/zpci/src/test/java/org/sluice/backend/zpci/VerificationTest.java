// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Planted defects are found, and what is right is no finding. */
public class VerificationTest {
    private static final long REGION = 0x10_0000;
    private static final long SEGMENT = 0x10_4000;
    private static final long PAGE = 0x10_8000;
    private static final long OTHER = 0x10_c000;
    private static final long DATA = 0x12_0000;
    private final Rig rig = new Rig(AddressRange.ofSize(REGION, 0x10_0000));

    public VerificationTest() {
        rig.fill(REGION, 2048, 0x20).fill(OTHER, 2048, 0x20).fill(SEGMENT, 2048, 0x20).fill(PAGE, 512, 0x400)
                .put(REGION + 16, SEGMENT | 7).put(SEGMENT, PAGE).put(PAGE, DATA).put(PAGE + 8, DATA + 0x1200).function(1, REGION | 0x804);
    }

    @Test
    public void rightTablesHaveNoDefect() {
        assertEquals(List.of(), rig.defects());
        assertEquals(List.of(), rig.unknown);
    }

    @Test
    public void brokenEntriesAreFoundWithTheirAddress() {
        for (long bad : new long[] {0, SEGMENT | 3, SEGMENT | 5, SEGMENT | 0x47, SEGMENT | 0x1007, SEGMENT | 7 | 1L << 63}) {
            rig.put(REGION + 24, bad);
            List<Defect> defects = rig.verify();
            assertEquals(Long.toHexString(bad), 1, defects.size());
            assertEquals(REGION + 24, defects.get(0).address());
            assertEquals(List.of(bad), defects.get(0).entry());
            assertEquals("reserved-bit", defects.get(0).defect());
        }
    }

    @Test
    public void framesThatAreNotAlignedAreFoundThoughTheyTranslate() {
        rig.put(SEGMENT + 8, DATA | 0x600);
        assertEquals(List.of("superpage-misaligned"), rig.defects());
        assertEquals("0x100000", rig.read(1, (1L << 32) + (1 << 20)));
    }

    @Test
    public void wanderingTablesAreFound() {
        rig.put(REGION + 24, 0x4000_0007L);
        assertEquals(List.of("table-outside-ram"), rig.defects());
        rig.put(REGION + 24, SEGMENT | 7);
        assertEquals(List.of("table-aliased"), rig.defects());
        rig.put(REGION + 24, REGION | 7);
        assertTrue(rig.defects().contains("table-loop"));
        rig.put(REGION + 24, 0x20).put(PAGE + 16, 0x4000_0000L);
        assertEquals(List.of("leaf-outside-ram"), rig.defects());
        rig.put(PAGE + 16, PAGE);
        assertEquals(List.of("leaf-on-table"), rig.defects());
        rig.put(PAGE + 16, PAGE | 0x200);
        assertEquals("a page that cannot be written does no harm", List.of(), rig.defects());
    }

    @Test
    public void sharingOfRootsIsJudgedByGroupsAndDrivers() {
        rig.function(2, REGION | 0x804);
        assertEquals("nothing known of the devices", List.of(), rig.defects());
        rig.device(1, 5, "nvme").device(2, 5, "mlx5_core");
        assertEquals("one group", List.of(), rig.defects());
        rig.devices.clear();
        rig.device(1, 5, "vfio-pci").device(2, 6, "vfio-pci");
        assertEquals("one container", List.of(), rig.defects());
        rig.devices.clear();
        rig.device(1, 5, "nvme").device(2, 6, "vfio-pci");
        assertEquals(List.of("table-shared"), rig.defects());
    }

    @Test
    public void oneRootWithTwoDepthsIsAConflict() {
        rig.function(2, REGION | 0x808);
        List<String> defects = rig.defects();
        assertTrue(defects.toString(), defects.contains("table-depth-conflict"));
    }

    @Test
    public void aTableOfAnotherFunctionIsShared() {
        rig.put(OTHER, SEGMENT | 7).function(2, OTHER | 0x804);
        assertEquals(List.of("table-shared"), rig.defects());
    }

    @Test
    public void anchorsAreChecked() {
        assertEquals(List.of("reserved-bit"), new Rig(rig.memory).function(1, REGION | 0x2c04).defects().stream().distinct().toList());
        assertEquals(List.of("unsupported-designation"), new Rig(rig.memory).function(1, REGION | 0x814).defects());
        assertEquals(List.of("table-outside-ram"), new Rig(rig.memory).function(1, 0x7000_0804L).defects());
        assertEquals(List.of("leaf-outside-ram"), new Rig(rig.memory).function(1, 0x8000_0812L).defects());
        assertEquals(List.of("superpage-misaligned"), new Rig(rig.memory).function(1, 0x10_1811L).defects());
        assertEquals("4-KiB frames may have any page", List.of(), new Rig(rig.memory).function(1, 0x10_1810L).defects());
        assertEquals(List.of("empty-aperture"), new Rig(rig.memory).function(1, REGION | 0x804, 0x2000, 0x1000, Map.of()).defects());
        assertEquals(List.of("function-not-enabled"),
                new Rig(rig.memory).function(1, REGION | 0x804, 0, 0x1000, Map.of("functionHandle", "0x1")).defects());
        Rig twins = new Rig(rig.memory).function(1, REGION | 0x804, 0, 0x1000, Map.of("functionHandle", "0x80000001"))
                .function(2, OTHER | 0x804, 0, 0x1000, Map.of("functionHandle", "0x80000001"));
        assertEquals(List.of("handle-shared"), twins.defects());
    }

    @Test
    public void mappingsOverTheMessageWindowAreFound() {
        long first = 0x12_8000;
        long second = 0x12_c000;
        rig.fill(first, 2048, 0x20).fill(second, 2048, 0x20).fill(OTHER, 2048, 0x20)
                .put(first + 8L * 0x7f0, second | 0xf).put(second, OTHER | 0xb).put(OTHER, SEGMENT | 7);
        Rig high = new Rig(rig.memory).function(1, first | 0x80c, 0, -1, Map.of());
        assertEquals(List.of("iova-in-interrupt-window"), high.defects());
    }

    @Test
    public void oneDeviceCanBeAskedAlone() {
        rig.put(REGION + 24, 0).function(2, OTHER | 0x804).put(OTHER, 0);
        int[] found = new int[1];
        rig.inspector().verify(DeviceId.function(2), new DefectSink() {
            @Override
            public void defect(Defect defect) {
                assertEquals(DeviceId.function(2), defect.device());
                found[0]++;
            }

            @Override
            public void unknown(long address) {
                throw new AssertionError();
            }

            @Override
            public void looked(long entries) {
                // Not judged here.
            }
        });
        assertEquals(1, found[0]);
    }
}
