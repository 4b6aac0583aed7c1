// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * QEMU's test socket: one line for each access to ports and physical addresses, answered in order. Lines are collected and sent
 * together, because a round trip costs ten times an access. Not thread-safe.
 */
public final class Qtest implements AutoCloseable {
    private static final int RECEIVED = 1 << 16;
    /** A command takes microseconds; a unit that walks tables in a circle takes for ever. */
    private static final long PATIENCE_MILLIS = 10_000;

    private final SocketChannel channel;
    private final Selector readable;
    private final StringBuilder waiting = new StringBuilder();
    private final ByteBuffer received = ByteBuffer.allocate(RECEIVED).flip();
    private final StringBuilder line = new StringBuilder();
    private int unanswered;

    private Qtest(SocketChannel channel) throws IOException {
        this.channel = channel;
        readable = Selector.open();
        channel.configureBlocking(false);
        channel.register(readable, SelectionKey.OP_READ);
    }

    static Qtest connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new Qtest(channel);
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
    }

    /** Notes a command that answers nothing of interest; it goes out with the next {@link #ask}. */
    public void tell(String command, long address, long value) {
        waiting.append(command).append(" 0x").append(Long.toHexString(address)).append(" 0x").append(Long.toHexString(value)).append('\n');
        unanswered++;
    }

    /** Sends what waits and this command; its answer. */
    public long ask(String command, long address) {
        waiting.append(command).append(" 0x").append(Long.toHexString(address)).append('\n');
        unanswered++;
        long value = 0;
        send();
        while (unanswered > 0) {
            value = answer();
            unanswered--;
        }
        return value;
    }

    private void send() {
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(waiting.toString());
        waiting.setLength(0);
        long began = System.nanoTime();
        try {
            while (bytes.hasRemaining()) {
                if (channel.write(bytes) == 0) {
                    if (System.nanoTime() - began > PATIENCE_MILLIS * 1_000_000) {
                        throw silent();
                    }
                    Thread.yield();
                }
            }
        } catch (IOException broken) {
            throw gone(broken);
        }
    }

    private long answer() {
        while (true) {
            readLine();
            int value = line.indexOf(" ");
            if (line.indexOf("OK") == 0) {
                return value < 0 ? 0 : Hex.parse(line.substring(value + 1).trim());
            }
            if (line.indexOf("FAIL") == 0 || line.indexOf("ERR") == 0) {
                throw new IommuException(Reason.IO, "QEMU refused a test command: " + line);
            }
            // Anything else is a notice (an interrupt line), which nobody asked for here.
        }
    }

    private void readLine() {
        line.setLength(0);
        while (true) {
            while (received.hasRemaining()) {
                char c = (char) received.get();
                if (c == '\n') {
                    return;
                }
                line.append(c);
            }
            received.clear();
            try {
                int count = channel.read(received);
                while (count == 0) {
                    awaitReadable();
                    count = channel.read(received);
                }
                if (count < 0) {
                    throw gone(null);
                }
            } catch (IOException broken) {
                throw gone(broken);
            }
            received.flip();
        }
    }

    private void awaitReadable() throws IOException {
        if (readable.select(PATIENCE_MILLIS) == 0) {
            throw silent();
        }
        readable.selectedKeys().clear();
    }

    private static IommuException silent() {
        return new IommuException(Reason.IO, "QEMU has not answered a test command for " + PATIENCE_MILLIS / 1000 + " s");
    }

    private static IommuException gone(IOException cause) {
        return new IommuException(Reason.IO, "QEMU ended or closed its test socket", cause);
    }

    @Override
    public void close() throws IOException {
        readable.close();
        channel.close();
    }
}
