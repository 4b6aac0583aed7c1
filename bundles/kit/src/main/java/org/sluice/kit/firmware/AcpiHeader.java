// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

/**
 * The 36 bytes that every ACPI table starts with. Source: ACPI 6.5, section 5.2.6.
 *
 * @param length bytes of the table, header included, as the header says
 * @param checksumGood whether the bytes of the table add up to 0 modulo 256; a bad sum is told and not refused, because
 *        operating systems use such tables too
 */
public record AcpiHeader(String signature, int length, int revision, boolean checksumGood, String oemId, String oemTableId) {
    /** Bytes of the header. */
    public static final int BYTES = 36;
}
