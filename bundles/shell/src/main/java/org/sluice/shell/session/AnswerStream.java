// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * Standard output in large pieces. A {@link PrintStream} hides that its reader is gone, so each piece asks.
 */
final class AnswerStream extends OutputStream {
    private static final int CAPACITY = 1 << 16;

    private final PrintStream out;
    private final Runnable beforeWriting;
    private final byte[] buffer = new byte[CAPACITY];
    private int used;

    /** @param beforeWriting called before each piece reaches {@code out} */
    AnswerStream(PrintStream out, Runnable beforeWriting) {
        this.out = out;
        this.beforeWriting = beforeWriting;
    }

    /** The reader of the answer is gone: not a failure, there is only no one left to tell. */
    static final class Closed extends IOException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public void write(int value) throws IOException {
        if (used == CAPACITY) {
            send();
        }
        buffer[used++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int from = offset;
        int left = length;
        while (left > 0) {
            if (used == CAPACITY) {
                send();
            }
            int piece = Math.min(left, CAPACITY - used);
            System.arraycopy(bytes, from, buffer, used, piece);
            used += piece;
            from += piece;
            left -= piece;
        }
    }

    @Override
    public void flush() throws IOException {
        send();
        out.flush();
    }

    private void send() throws IOException {
        if (used == 0) {
            return;
        }
        beforeWriting.run();
        out.write(buffer, 0, used);
        used = 0;
        if (out.checkError()) {
            throw new Closed();
        }
    }
}
