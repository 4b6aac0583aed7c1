// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** QEMU's test socket: what a processor of the guest would write and read. For tests only; the product never writes. */
final class Qtest implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader in;

    Qtest(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        in = new BufferedReader(Channels.newReader(channel, StandardCharsets.US_ASCII));
    }

    private long ask(String line) throws IOException {
        channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
        for (String answer = in.readLine(); answer != null; answer = in.readLine()) {
            if (answer.startsWith("OK")) {
                String[] words = answer.split(" ");
                return words.length > 1 ? Long.parseUnsignedLong(words[1].replaceFirst("^0x", ""), words[1].startsWith("0x") ? 16 : 10) : 0;
            }
            if (answer.startsWith("FAIL") || answer.startsWith("ERR")) {
                throw new IOException(line + ": " + answer);
            }
        }
        throw new IOException("QEMU has ended");
    }

    int read32(long address) throws IOException {
        return (int) ask("readl 0x" + Long.toHexString(address));
    }

    void write32(long address, int value) throws IOException {
        ask("writel 0x" + Long.toHexString(address) + " 0x" + Integer.toHexString(value));
    }

    void write64(long address, long value) throws IOException {
        ask("writeq 0x" + Long.toHexString(address) + " 0x" + Long.toHexString(value));
    }

    /** Writes the configuration space of a function on bus 0 through ports cf8 and cfc. PCI 3.0, 3.2.2.3.2. */
    void config32(int devfn, int register, int value) throws IOException {
        ask("outl 0xcf8 0x" + Integer.toHexString(0x80000000 | devfn << 8 | register));
        ask("outl 0xcfc 0x" + Integer.toHexString(value));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
