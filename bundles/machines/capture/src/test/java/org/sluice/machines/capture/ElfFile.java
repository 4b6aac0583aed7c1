// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Writes ELF64 cores for tests, sparse where nothing is put. */
final class ElfFile {
    static final int X86_64 = 62;
    static final int PT_LOAD = 1;
    static final int PT_NOTE = 4;

    private record Header(int type, long physical, long offset, long fileSize, long memorySize) {
    }

    private record Content(long offset, byte[] bytes) {
    }

    private final List<Header> headers = new ArrayList<>();
    private final List<Content> contents = new ArrayList<>();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private int machine = X86_64;
    private boolean extendedNumbering;
    private long end = 1L << 24;

    ElfFile machine(int type, ByteOrder byteOrder) {
        machine = type;
        order = byteOrder;
        return this;
    }

    ElfFile extendedNumbering() {
        extendedNumbering = true;
        return this;
    }

    /** A segment of {@code size} bytes that reads as zero but for {@code words}, 64-bit words from its start. */
    ElfFile load(long physical, long size, long... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Long.BYTES).order(order);
        for (long word : words) {
            bytes.putLong(word);
        }
        contents.add(new Content(end, bytes.array()));
        headers.add(new Header(PT_LOAD, physical, end, size, size));
        end += size;
        return this;
    }

    /** A segment of which the file holds only the first {@code fileSize} bytes. */
    ElfFile partial(long physical, long fileSize, long memorySize) {
        headers.add(new Header(PT_LOAD, physical, end, fileSize, memorySize));
        end += fileSize;
        return this;
    }

    ElfFile note(String name, int type, String text) {
        byte[] n = (name + "\0").getBytes();
        byte[] t = text.getBytes();
        ByteBuffer bytes = ByteBuffer.allocate(12 + (n.length + 3 & ~3) + (t.length + 3 & ~3)).order(order);
        bytes.putInt(n.length).putInt(t.length).putInt(type).put(n).position(12 + (n.length + 3 & ~3)).put(t);
        contents.add(new Content(end, bytes.array()));
        headers.add(new Header(PT_NOTE, 0, end, bytes.capacity(), bytes.capacity()));
        end += bytes.capacity() + 7 & ~7;
        return this;
    }

    Path write(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer start = ByteBuffer.allocate(128 + 56 * headers.size()).order(order);
            start.put(0, (byte) 0x7f).put(1, (byte) 0x45).put(2, (byte) 0x4c).put(3, (byte) 0x46);
            start.put(4, (byte) 2).put(5, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2)).put(6, (byte) 1);
            start.putShort(16, (short) 4).putShort(18, (short) machine).putInt(20, 1).putLong(32, 128).putLong(40, 64);
            start.putShort(52, (short) 64).putShort(54, (short) 56).putShort(58, (short) 64).putShort(60, (short) 1);
            start.putShort(56, (short) (extendedNumbering ? 0xffff : headers.size()));
            start.putInt(64 + 44, extendedNumbering ? headers.size() : 0);
            start.position(128);
            for (Header h : headers) {
                start.putInt(h.type).putInt(6).putLong(h.offset).putLong(0).putLong(h.physical).putLong(h.fileSize).putLong(h.memorySize).putLong(4096);
            }
            channel.write(start.flip(), 0);
            for (Content content : contents) {
                channel.write(ByteBuffer.wrap(content.bytes), content.offset);
            }
            channel.write(ByteBuffer.allocate(1), end - 1);
        }
        return file;
    }
}
