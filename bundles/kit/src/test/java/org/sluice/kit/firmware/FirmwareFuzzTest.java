// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

import org.junit.Test;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/** Whatever the bytes, a reader ends, with a table or an {@link IommuException}. */
public class FirmwareFuzzTest {
    private static final int ROUNDS = 20_000;

    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private static byte[] dmar() {
        return TableBuilder.dmar().drhd(false, 0, 0xfed90000L, TableBuilder.scope(3, 0, 0xff, 0, 0), TableBuilder.scope(2, 0, 0, 5, 0))
                .drhd(true, 0, 0xfed91000L)
                .hex("0100 2000 0000 0000 0000007b00000000 ffff7f7f00000000 0108000000000200")
                .hex("0400 0c00 000000 01 | 5c5f5300").build();
    }

    private static byte[] ivrs() {
        return TableBuilder.ivrs().hex("10 00 4a00 0800 4000 0000d8fe00000000 0000 0000 00000000")
                .hex("03000100 04ff0100 4300030000000300 04ff0300 4800000000a00001 f0a50000414d444930303230 0000000000000000 0200")
                .hex("22 08 2000 1000 1f00 0000000000000000").u64(0x8000).u64(0x1000).build();
    }

    private static byte[] iort() {
        return TableBuilder.iort(2).hex("04 4400 04 00000000 00000000 00000000").u64(0x9050000).raw(new byte[44])
                .hex("02 3800 03 01000000 01000000 24000000 0100000000000000 00000000 00000000 40000000")
                .hex("00000000 ffff0000 00000000 30000000 00000000").build();
    }

    private static byte[] viot() {
        return TableBuilder.viot(2).hex("03 00 1000 0000 0800 0000000000000000")
                .hex("01 00 1800 00010000 0000 0000 0001 ff01 3000 000000000000").build();
    }

    @Test(timeout = 120_000)
    public void flippedBytesAndCutTablesEndInATableOrAnError() {
        fuzz(dmar(), bytes -> use(DmarTable.read(bytes)));
        fuzz(ivrs(), bytes -> IvrsTable.read(bytes).units().forEach(u -> u.entryOf(0x300)));
        fuzz(iort(), bytes -> {
            IortTable table = IortTable.read(bytes);
            table.nodes().forEach(node -> table.stream(node, 0x10));
        });
        fuzz(viot(), bytes -> ViotTable.read(bytes).endpoint(DeviceId.parse("01:02.0")));
    }

    private static void use(DmarTable table) {
        new DmarIndex(table.units(), PciTopology.of(List.of())).match(DeviceId.parse("05:00.0"));
    }

    private void fuzz(byte[] good, Consumer<byte[]> reader) {
        reader.accept(good);
        for (int length = 0; length < good.length; length++) {
            tolerate(Arrays.copyOf(good, length), reader);
        }
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = good.clone();
            for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
                // The header is hit less often than the rest, or nothing would get past it.
                int at = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : AcpiHeader.BYTES + random.nextInt(bytes.length - AcpiHeader.BYTES);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : bytes[at] ^ 1 << random.nextInt(8));
            }
            tolerate(bytes, reader);
        }
    }

    private void tolerate(byte[] bytes, Consumer<byte[]> reader) {
        try {
            reader.accept(bytes);
        } catch (IommuException e) {
            if (e.getMessage().contains("\n")) {
                throw new AssertionError("seed " + seed + ": more than one line: " + e.getMessage(), e);
            }
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
        }
    }
}
