// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Puts an ACPI table together for a test; length and checksum are filled in at the end. */
final class TableBuilder {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    TableBuilder(String signature) {
        bytes.writeBytes(signature.getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(new byte[AcpiHeader.BYTES - 4]);
    }

    /** A DMAR with 48-bit addresses and interrupt remapping, without structures. */
    static TableBuilder dmar() {
        return new TableBuilder("DMAR").hex("2f 01 00000000000000000000");
    }

    static TableBuilder ivrs() {
        return new TableBuilder("IVRS").hex("00000000 0000000000000000");
    }

    static TableBuilder iort(int nodes) {
        return new TableBuilder("IORT").u32(nodes).u32(48).u32(0);
    }

    static TableBuilder viot(int nodes) {
        return new TableBuilder("VIOT").u16(nodes).u16(48).hex("0000000000000000");
    }

    TableBuilder hex(String text) {
        bytes.writeBytes(HexFormat.of().parseHex(text.replaceAll("[ |]", "")));
        return this;
    }

    TableBuilder u16(int value) {
        return number(value, 2);
    }

    TableBuilder u32(long value) {
        return number(value, 4);
    }

    TableBuilder u64(long value) {
        return number(value, 8);
    }

    /** A DMAR unit with its scopes, each 8 bytes as {@link #scope}. */
    TableBuilder drhd(boolean all, int segment, long base, byte[]... scopes) {
        u16(0).u16(16 + 8 * scopes.length).hex(all ? "01" : "00").hex("00").u16(segment).u64(base);
        for (byte[] scope : scopes) {
            bytes.writeBytes(scope);
        }
        return this;
    }

    /** A scope with one step. */
    static byte[] scope(int type, int id, int bus, int device, int function) {
        return new byte[] {(byte) type, 8, 0, 0, (byte) id, (byte) bus, (byte) device, (byte) function};
    }

    TableBuilder raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    int size() {
        return bytes.size();
    }

    private TableBuilder number(long value, int size) {
        bytes.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), 0, size);
        return this;
    }

    byte[] build() {
        byte[] table = bytes.toByteArray();
        ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).putInt(4, table.length);
        int sum = 0;
        for (byte b : table) {
            sum += b;
        }
        table[9] = (byte) -sum;
        return table;
    }
}
