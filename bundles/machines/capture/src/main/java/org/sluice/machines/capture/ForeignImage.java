// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Recognises by their first bytes files that are not memory images but could become one, and says how. */
final class ForeignImage {
    private static final int START_BYTES = 16;

    private ForeignImage() {
    }

    static boolean startsAsElf(FileChannel channel) throws IOException {
        return ElfCore.isElf(start(channel));
    }

    /** @param otherwise what to try if the file is not recognised */
    static IommuException explain(Path file, FileChannel channel, String otherwise) throws IOException {
        ByteBuffer start = start(channel);
        String text = StandardCharsets.ISO_8859_1.decode(start.duplicate()).toString();
        if (text.startsWith("KDUMP   ") || text.startsWith("DISKDUMP")) {
            return unsupported(file, "is a compressed kdump file; convert it with makedumpfile -E, or dump with QEMU's format=elf");
        }
        if (text.startsWith("makedumpfile")) {
            return unsupported(file, "is a flattened kdump file; put it together with makedumpfile -R");
        }
        if (text.startsWith("\u001f\u008b") || text.startsWith("\u00fd7zXZ") || text.startsWith("(\u00b5/\u00fd") || text.startsWith("BZh")) {
            return unsupported(file, "is compressed; unpack it first");
        }
        if (text.startsWith("QFI\u00fb")) {
            return unsupported(file, "is a qcow2 disk image, not memory");
        }
        if (text.stripLeading().startsWith("{")) {
            return Trouble.bad(file, "is text, not a memory image; open the folder with its " + CaptureFolder.DESCRIPTION);
        }
        return Trouble.bad(file, "is not an ELF core" + otherwise);
    }

    private static IommuException unsupported(Path file, String message) {
        return new IommuException(Reason.UNSUPPORTED, file + ": " + message);
    }

    private static ByteBuffer start(FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(START_BYTES);
        channel.read(start, 0);
        return start.flip();
    }
}
