// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The process's own three streams. Karaf's are a terminal's: they interpret control characters and flush at every line,
 * which neither binary input nor a million rows can bear.
 */
final class Streams {
    private static final int BUFFER = 1 << 17;

    final InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER);
    final PrintStream out;
    final PrintStream err;

    Streams(Runnable readerIsGone) {
        OutputStream raw = new FileOutputStream(FileDescriptor.out);
        out = new PrintStream(new Pipe(raw, readerIsGone), false, StandardCharsets.UTF_8);
        err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    }

    /**
     * A buffer that ends the process when nobody reads any more, as SIGPIPE does: {@code | head} must not wait for
     * the millionth row.
     */
    private static final class Pipe extends OutputStream {
        private final OutputStream to;
        private final Runnable readerIsGone;
        private final byte[] buffer = new byte[BUFFER];
        private int used;

        Pipe(OutputStream to, Runnable readerIsGone) {
            this.to = to;
            this.readerIsGone = readerIsGone;
        }

        @Override
        public void write(int b) {
            if (used == buffer.length) {
                drain();
            }
            buffer[used++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (length > buffer.length - used) {
                drain();
            }
            if (length > buffer.length) {
                send(bytes, offset, length);
            } else {
                System.arraycopy(bytes, offset, buffer, used, length);
                used += length;
            }
        }

        @Override
        public void flush() {
            drain();
        }

        private void drain() {
            int length = used;
            used = 0;
            send(buffer, 0, length);
        }

        private void send(byte[] bytes, int offset, int length) {
            try {
                to.write(bytes, offset, length);
            } catch (IOException gone) {
                readerIsGone.run();
            }
        }
    }
}
