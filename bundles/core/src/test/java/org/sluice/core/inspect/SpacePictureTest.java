// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.SpaceBand;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.testkit.Seed;

public class SpacePictureTest {
    private static final DeviceId DEVICE = DeviceId.parse("00:03.0");
    private static final int RW = Permissions.READ_WRITE;

    private final SpacePicture picture = new SpacePicture(DEVICE, -1, List.of(new AddressRange(0xfee00000L, 0xfeefffffL)));

    private void run(long iova, long last, int permissions) {
        picture.run(iova, last, 0, permissions, 0, "");
    }

    private List<String> cells() {
        return picture.bands().stream().map(SpaceBand::cells).toList();
    }

    @Test
    public void nothingIsNoBand() {
        assertEquals(List.of(), picture.bands());
    }

    @Test
    public void permissionsShowAndGapsAreDots() {
        run(0x1000, 0x1fff, RW);
        run(0x2000, 0x2fff, Permissions.READ);
        run(0x4000, 0x4fff, Permissions.WRITE);
        assertEquals(List.of("#R.W"), cells());
        SpaceBand band = picture.bands().get(0);
        assertEquals(List.of(0x1000L, 0x4fffL, 0x1000L, 0x1000L, 3L, 0x3000L), List.of(band.iova(), band.last(), band.freeBefore(), band.cellBytes(),
                band.mappings(), band.mappedBytes()));
    }

    @Test
    public void aCellThatIsMappedInPartIsSmall() {
        run(0, 0xffff, RW);
        run(0x40000, 0x40fff, Permissions.READ);
        run(0x50000, 0x50fff, RW);
        // 81 pages need cells of two.
        assertEquals(List.of("########........................r.......+"), cells());
    }

    @Test
    public void largeGapsCutAndEachBandHasItsScale() {
        run(0x1000, 0x1fff, RW);
        run(0x10_0000_0000L, 0x10_3fff_ffffL, RW);
        run(0xffff_ffff_ffff_f000L, -1L, Permissions.READ);
        List<SpaceBand> bands = picture.bands();
        assertEquals(List.of("#", "#".repeat(32), "R"), cells());
        assertEquals(0x200_0000, bands.get(1).cellBytes());
        assertEquals(0x10_0000_0000L - 0x2000, bands.get(1).freeBefore());
    }

    @Test
    public void reservedRangesShowAndMappingsThereStandOut() {
        run(0xfed00000L, 0xfedfffffL, RW);
        run(0xfee80000L, 0xfee80fffL, RW);
        run(0xfef00000L, 0xfef7ffffL, RW);
        assertEquals(List.of("################" + "xxxxxxxx!xxxxxxx" + "########"), cells());
    }

    /** Whatever is mapped: bands fit the terminal, are in order, and count every byte once. */
    @Test
    public void anyTableFitsAndNothingIsLost() {
        Random random = Seed.random();
        for (int round = 0; round < 300; round++) {
            SpacePicture drawn = new SpacePicture(DEVICE, -1, List.of());
            long at = 0;
            long bytes = 0;
            int runs = 1 + random.nextInt(200);
            for (int i = 0; i < runs; i++) {
                at += (random.nextLong() >>> 12 + random.nextInt(50)) >>> 8 << 12;
                long size = 1 + random.nextInt(512) << 12;
                drawn.run(at, at + size - 1, 0, RW, 0, "");
                at += size;
                bytes += size;
            }
            long told = 0;
            long end = 0;
            for (SpaceBand band : drawn.bands()) {
                told += band.mappedBytes();
                assertTrue(band.toString(), band.cells().length() <= SpacePicture.CELLS && band.cells().length() > 0);
                assertEquals(end + band.freeBefore(), band.iova());
                assertTrue("the first and last cell are mapped", band.cells().charAt(0) != '.' && !band.cells().endsWith("."));
                end = band.last() + 1;
            }
            assertEquals(bytes, told);
            assertTrue(drawn.bands().size() <= 24);
        }
    }
}
