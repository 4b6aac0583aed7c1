// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.sluice.machine.Architecture;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * The headers of an ELF64 core with physical addresses: a capture's {@code memory.elf}, QEMU's {@code dump-guest-memory}, a
 * kernel crash dump. Only headers are read, never the memory. Everything a header says is checked against the file's size
 * before it is used.
 *
 * <p>Bytes of a segment that the file does not hold (memory size above file size) are unknown: dump tools leave out pages for
 * many reasons. Source: System V ABI, ELF-64 object file format; extended numbering as in elf(5).
 *
 * @param segments loadable pieces with bytes in the file, in header order; may be none
 * @param notes where the notes are in the file; {@code start} is not used
 */
record ElfCore(Architecture architecture, ByteOrder order, List<Segment> segments, List<Segment> notes) {
    /**
     * A crash dump has a segment per range of RAM, a filtered one per run of pages; more than this is no dump. Their headers
     * are read into the heap, at most 14 MiB for a moment.
     */
    static final int MAX_SEGMENTS = 1 << 18;
    static final int MAX_NOTES = 64;

    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int MAGIC = 0x7f454c46;
    private static final int CLASS_64 = 2;
    private static final int LITTLE = 1;
    private static final int BIG = 2;
    private static final int TYPE_CORE = 4;
    /** The count of program headers is in section header 0. */
    private static final int EXTENDED_NUMBERING = 0xffff;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int SECTION_INFO = 44;
    private static final int LOAD = 1;
    private static final int NOTE = 4;

    /**
     * @throws IommuException {@code BAD_FORMAT}, {@code TRUNCATED} or {@code UNSUPPORTED} with what is wrong
     */
    static ElfCore read(Path file, FileChannel channel) throws IOException {
        return new Reader(file, channel, channel.size()).read();
    }

    /** Whether a file that starts with these bytes claims to be ELF. */
    static boolean isElf(ByteBuffer start) {
        return start.remaining() >= Integer.BYTES && start.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(start.position()) == MAGIC;
    }

    private record Reader(Path file, FileChannel channel, long size) {
        ElfCore read() throws IOException {
            ByteBuffer header = header();
            Architecture architecture = architecture(header);
            long table = header.getLong(32);
            int count = Short.toUnsignedInt(header.getShort(56));
            if (Short.toUnsignedInt(header.getShort(54)) != PROGRAM_HEADER_BYTES && count > 0) {
                throw Trouble.bad(file, "its program headers have a size other than " + PROGRAM_HEADER_BYTES + " bytes; the file is damaged");
            }
            long headers = count == EXTENDED_NUMBERING ? extendedCount(header) : count;
            if (headers > MAX_SEGMENTS) {
                throw new IommuException(Reason.LIMIT, file + ": has " + headers + " segments, more than " + MAX_SEGMENTS);
            }
            List<Segment> segments = new ArrayList<>();
            List<Segment> notes = new ArrayList<>();
            programHeaders(part(table, headers * PROGRAM_HEADER_BYTES, "its table of segments", header.order()), segments, notes);
            return new ElfCore(architecture, header.order(), List.copyOf(segments), List.copyOf(notes));
        }

        private ByteBuffer header() throws IOException {
            if (size == 0) {
                throw new IommuException(Reason.TRUNCATED, file + ": is empty (0 bytes); make the dump again");
            }
            if (size < HEADER_BYTES) {
                throw new IommuException(Reason.TRUNCATED, file + ": has " + size + " bytes, an ELF header alone has " + HEADER_BYTES);
            }
            ByteBuffer header = bytes(0, HEADER_BYTES);
            if (!isElf(header)) {
                throw Trouble.bad(file, "is not an ELF core; make one with QEMU's dump-guest-memory or makedumpfile -E");
            }
            int type = header.get(4);
            int data = header.get(5);
            if (type != CLASS_64) {
                throw new IommuException(Reason.UNSUPPORTED, file + ": is a 32-bit ELF file; a core of a 64-bit machine is due");
            }
            if (data != LITTLE && data != BIG) {
                throw Trouble.bad(file, "its byte order mark is " + data + ", neither 1 (little) nor 2 (big); the file is damaged");
            }
            return header.order(data == LITTLE ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        }

        private Architecture architecture(ByteBuffer header) {
            int type = Short.toUnsignedInt(header.getShort(16));
            if (type != TYPE_CORE) {
                throw Trouble.bad(file, "is an ELF file of type " + type + ", not a core (type 4)");
            }
            int machine = Short.toUnsignedInt(header.getShort(18));
            Architecture architecture = Architecture.ofElfMachine(machine).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED,
                    file + ": is a core of ELF machine type " + machine + "; known are x86_64 (62), aarch64 (183) and s390x (22)"));
            if (architecture.isLittleEndian() != (header.order() == ByteOrder.LITTLE_ENDIAN)) {
                throw Trouble.bad(file, "is " + (architecture.isLittleEndian() ? "big" : "little") + "-endian, but cores of "
                        + architecture + " are " + (architecture.isLittleEndian() ? "little" : "big") + "-endian");
            }
            return architecture;
        }

        private long extendedCount(ByteBuffer header) throws IOException {
            ByteBuffer section = part(header.getLong(40), SECTION_HEADER_BYTES, "section header 0", header.order());
            return Integer.toUnsignedLong(section.getInt(SECTION_INFO));
        }

        private void programHeaders(ByteBuffer table, List<Segment> segments, List<Segment> notes) {
            for (int at = 0; at < table.capacity(); at += PROGRAM_HEADER_BYTES) {
                int type = table.getInt(at);
                Segment segment = new Segment(table.getLong(at + 24), table.getLong(at + 8), table.getLong(at + 32));
                if (type != LOAD && type != NOTE || segment.size() == 0) {
                    continue;
                }
                String what = "segment " + at / PROGRAM_HEADER_BYTES + (type == LOAD ? " (memory at " + Hex.of(segment.start()) + ")" : " (notes)");
                requireInside(segment.offset(), segment.size(), what);
                if (type == NOTE) {
                    if (notes.size() < MAX_NOTES) {
                        notes.add(segment);
                    }
                } else if (Long.compareUnsigned(segment.size(), table.getLong(at + 40)) > 0) {
                    throw Trouble.bad(file, what + " has more bytes in the file than in memory; the file is damaged");
                } else {
                    segments.add(segment);
                }
            }
        }

        private ByteBuffer part(long offset, long bytes, String what, ByteOrder order) throws IOException {
            requireInside(offset, bytes, what);
            return bytes(offset, (int) bytes).order(order);
        }

        private ByteBuffer bytes(long offset, int count) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(count);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new IommuException(Reason.TRUNCATED, file + ": became shorter while it was read; copy it again in full");
                }
            }
            return bytes.flip();
        }

        private void requireInside(long offset, long bytes, String what) {
            if (offset < 0 || bytes < 0 || bytes > size - offset) {
                throw new IommuException(Reason.TRUNCATED, file + ": is truncated: " + what + " needs bytes " + Hex.of(offset) + " to "
                        + Hex.of(offset + bytes - 1) + ", the file has " + Hex.of(size) + " bytes; copy it again in full");
            }
        }
    }
}
