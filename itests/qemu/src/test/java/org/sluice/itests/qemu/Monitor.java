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

/** The test's own way to QEMU: sends a line of QMP, gives back the line with the answer. */
final class Monitor implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader in;

    Monitor(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        in.readLine();
        execute("{\"execute\":\"qmp_capabilities\"}");
    }

    String execute(String command) throws IOException {
        channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("{\"return\"") || line.startsWith("{\"error\"")) {
                return line;
            }
        }
        throw new IOException("QEMU has ended");
    }

    boolean running() throws IOException {
        return execute("{\"execute\":\"query-status\"}").contains("\"running\": true");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
