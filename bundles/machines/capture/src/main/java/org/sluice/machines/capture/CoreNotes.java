// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the notes of a core tell: how many processors it has state of, and what the kernel said of itself. Damaged notes are
 * passed over: nothing that is answered from memory depends on them.
 *
 * @param processors PRSTATUS notes
 * @param kernel selected lines of VMCOREINFO, by name
 */
record CoreNotes(int processors, Map<String, String> kernel) {
    private static final int NOTE_HEADER = 12;
    private static final int PRSTATUS = 1;
    private static final int MAX_BYTES = 4 << 20;
    private static final int MAX_VALUE = 128;
    /** Lines of VMCOREINFO worth showing, and under which name. */
    private static final Map<String, String> KEPT = Map.of("OSRELEASE", "kernelRelease", "BUILD-ID", "kernelBuildId", "PAGESIZE", "kernelPageSize",
            "KERNELOFFSET", "kernelOffset", "CRASHTIME", "crashTime");

    static CoreNotes read(ElfCore core, FileChannel channel) throws IOException {
        int processors = 0;
        Map<String, String> kernel = new LinkedHashMap<>();
        for (Segment segment : core.notes()) {
            ByteBuffer notes = ByteBuffer.allocate((int) Math.min(segment.size(), MAX_BYTES)).order(core.order());
            while (notes.hasRemaining() && channel.read(notes, segment.offset() + notes.position()) > 0) {
                // Until the segment is read.
            }
            notes.flip();
            while (notes.remaining() >= NOTE_HEADER) {
                long nameBytes = Integer.toUnsignedLong(notes.getInt());
                long contentBytes = Integer.toUnsignedLong(notes.getInt());
                int type = notes.getInt();
                if (padded(nameBytes) + padded(contentBytes) > notes.remaining()) {
                    break;
                }
                String name = text(notes, (int) nameBytes);
                if (name.startsWith("VMCOREINFO")) {
                    keep(text(notes, (int) contentBytes), kernel);
                } else {
                    processors += type == PRSTATUS && name.startsWith("CORE") ? 1 : 0;
                    notes.position(notes.position() + (int) padded(contentBytes));
                }
            }
        }
        return new CoreNotes(processors, kernel);
    }

    private static long padded(long bytes) {
        return bytes + 3 & ~3L;
    }

    private static String text(ByteBuffer notes, int bytes) {
        byte[] raw = new byte[bytes];
        notes.get(raw);
        notes.position(notes.position() + (int) padded(bytes) - bytes);
        return new String(raw, StandardCharsets.ISO_8859_1);
    }

    private static void keep(String lines, Map<String, String> kernel) {
        for (String line : List.of(lines.split("\n"))) {
            int equals = line.indexOf('=');
            if (equals > 0 && KEPT.containsKey(line.substring(0, equals)) && line.length() - equals <= MAX_VALUE) {
                kernel.put(KEPT.get(line.substring(0, equals)), Trouble.oneLine(line.substring(equals + 1)));
            }
        }
    }
}
