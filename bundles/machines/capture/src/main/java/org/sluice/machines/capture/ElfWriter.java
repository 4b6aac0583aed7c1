// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;

import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.PhysicalMemory;

/** Writes {@code memory.elf}: an ELF64 core with one loadable segment per run of pages, data aligned to pages. */
final class ElfWriter {
    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int TYPE_CORE = 4;
    private static final int LOAD = 1;
    private static final int READ_WRITE = 6;
    private static final int BLOCK = 1 << 20;

    private final FileChannel channel;
    private final Progress progress;

    ElfWriter(FileChannel channel, Progress progress) {
        this.channel = channel;
        this.progress = progress;
    }

    /** @param runs runs of whole pages that are present in {@code memory}; at most 65,534 */
    void write(Architecture architecture, PhysicalMemory memory, List<AddressRange> runs) throws IOException {
        ByteOrder order = architecture.isLittleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        int headers = HEADER_BYTES + PROGRAM_HEADER_BYTES * runs.size();
        long data = headers + KnownPages.PAGE - 1 & -KnownPages.PAGE;
        ByteBuffer start = ByteBuffer.allocate(headers).order(order);
        start.put((byte) 0x7f).put((byte) 'E').put((byte) 'L').put((byte) 'F');
        start.put((byte) 2).put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2)).put((byte) 1);
        start.putShort(16, (short) TYPE_CORE).putShort(18, (short) architecture.elfMachine()).putInt(20, 1).putLong(32, HEADER_BYTES);
        start.putShort(52, (short) HEADER_BYTES).putShort(54, (short) PROGRAM_HEADER_BYTES).putShort(56, (short) runs.size());
        start.position(HEADER_BYTES);
        long offset = data;
        for (AddressRange run : runs) {
            start.putInt(LOAD).putInt(READ_WRITE).putLong(offset).putLong(0).putLong(run.start());
            start.putLong(run.size()).putLong(run.size()).putLong(KnownPages.PAGE);
            offset += run.size();
        }
        writeAll(start.flip(), 0);
        content(memory, runs, data, offset - data);
    }

    private void content(PhysicalMemory memory, List<AddressRange> runs, long data, long total) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        ByteBuffer page = ByteBuffer.allocate(KnownPages.PAGE);
        long written = 0;
        for (AddressRange run : runs) {
            for (long at = run.start(); at <= run.last(); at += KnownPages.PAGE) {
                memory.copyPage(at, page);
                block.put(page.rewind());
                if (!block.hasRemaining()) {
                    written += flush(block, data + written);
                    progress.at("bytes written", written, total);
                }
            }
        }
        flush(block, data + written);
    }

    private int flush(ByteBuffer block, long offset) throws IOException {
        int bytes = block.flip().remaining();
        writeAll(block, offset);
        block.clear();
        return bytes;
    }

    private void writeAll(ByteBuffer bytes, long offset) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }
}
