// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import static org.junit.Assert.assertEquals;

import java.util.HexFormat;
import java.util.List;

import org.junit.Test;

/** The list of properties in a PROBE reply, byte by byte (IOMMU device: PROBE request, RESV_MEM property). */
public class PropertiesTest {
    private static final String MSI = "0100 1400 01 000000 0000e0fe00000000 ffffeffe00000000";
    private static final String PLAIN = "0100 1400 00 000000 0000000001000000 ff0f000001000000";

    private static List<String> regions(String text) {
        byte[] bytes = HexFormat.of().parseHex(text.replace(" ", ""));
        return regions(bytes, bytes.length);
    }

    private static List<String> regions(byte[] bytes, int length) {
        return Properties.regions(bytes, length).stream()
                .map(r -> Long.toHexString(r.range().start()) + "-" + Long.toHexString(r.range().last()) + (r.msi() ? " msi" : "")).toList();
    }

    /** Section 13, example 6 of the sheet: the message window, then zeros up to probe_size. */
    @Test
    public void workedExample() {
        assertEquals(List.of("fee00000-feefffff msi"), regions(MSI + "00".repeat(488)));
    }

    @Test
    public void aPropertyMayEndWithTheBuffer() {
        assertEquals(List.of("fee00000-feefffff msi"), regions(MSI));
        assertEquals(List.of("fee00000-feefffff msi", "100000000-100000fff"), regions(MSI + PLAIN));
        assertEquals("a head alone is none", List.of("fee00000-feefffff msi"), regions(MSI + "0100 1400"));
        assertEquals("nor are three bytes", List.of("fee00000-feefffff msi"), regions(MSI + "010014"));
    }

    @Test
    public void onlyWhatTheDeviceWroteCounts() {
        byte[] bytes = HexFormat.of().parseHex((MSI + PLAIN).replace(" ", ""));
        assertEquals(List.of("fee00000-feefffff msi"), regions(bytes, 47));
        assertEquals(List.of(), regions(bytes, 23));
        assertEquals(2, regions(bytes, 48).size());
    }

    @Test
    public void aPropertyOfTypeZeroEndsTheList() {
        assertEquals(List.of("fee00000-feefffff msi"), regions(MSI + "0000 0000" + PLAIN));
        assertEquals(List.of(), regions("0000 1400" + "00".repeat(20) + PLAIN));
    }

    /** The driver ignores properties that it does not know, and the upper four bits of the type, which are reserved. */
    @Test
    public void otherPropertiesArePassedOver() {
        assertEquals(List.of("100000000-100000fff"), regions("0200 0300 ffffff" + PLAIN));
        assertEquals(List.of("100000000-100000fff"), regions("0200 0000" + PLAIN));
        assertEquals(List.of("fee00000-feefffff msi"), regions("01f0" + MSI.substring(4)));
        assertEquals("a reserved bit of the length is none", List.of(), regions("0200 0080" + PLAIN));
    }

    @Test
    public void lengthsThatDoNotFitEndTheList() {
        assertEquals(List.of(), regions("0100 1500 01 000000 0000e0fe00000000 ffffeffe00000000"));
        assertEquals(List.of(), regions("0200 ffff" + PLAIN));
    }

    @Test
    public void aRegionThatIsLongerOrShorterThanTheStructure() {
        assertEquals("more than is known", List.of("fee00000-feefffff msi", "100000000-100000fff"),
                regions("0100 1800 01 000000 0000e0fe00000000 ffffeffe00000000 ffffffff" + PLAIN));
        assertEquals("too short", List.of("100000000-100000fff"), regions("0100 1300 01 000000 0000e0fe00000000 ffffeffe000000" + PLAIN));
    }

    @Test
    public void rangesAreUnsigned() {
        assertEquals(List.of("0-ffffffffffffffff"), regions("0100 1400 00 000000 0000000000000000 ffffffffffffffff"));
        assertEquals("one byte", List.of("1000-1000"), regions("0100 1400 00 000000 0010000000000000 0010000000000000"));
        assertEquals("ends before it starts", List.of(), regions("0100 1400 00 000000 0110000000000000 0010000000000000"));
        assertEquals(List.of(), regions("0100 1400 00 000000 00000000000000f0 0010000000000000"));
    }

    /** Subtypes are RESERVED (0) and MSI (1); of others the driver knows only that they must not be mapped. */
    @Test
    public void onlyTheSubtypeMessageIsAWindow() {
        assertEquals(List.of("fee00000-feefffff"), regions("0100 1400 02" + MSI.substring(12)));
    }
}
