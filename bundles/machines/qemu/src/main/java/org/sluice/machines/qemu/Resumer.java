// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A program of its own, in a process of its own, from this one class file: waits at the pipe from whoever stopped a machine, or set
 * something in QEMU for a while. A byte says that all is well; the end of the pipe without one says that its maker has died, and then
 * it sets all back. Signals to the whole process group (Ctrl-C) do not end it before that: the virtual machine waits for this thread, which
 * is its shutdown hook.
 */
final class Resumer extends Thread {
    private static final String CAPABILITIES = "{\"execute\":\"qmp_capabilities\"}\n";

    private final Path socket;
    private final byte[] commands;
    /** Greeting and answers. */
    private final int awaited;
    private boolean done;

    private Resumer(Path socket, String[] lines) {
        this.socket = socket;
        commands = (CAPABILITIES + String.join("", lines)).getBytes(StandardCharsets.UTF_8);
        awaited = lines.length + 2;
    }

    /** @param arguments the monitor's socket; the folder with this class, which is not needed any more; lines to send */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[1], Resumer.class.getName().replace('.', '/') + ".class");
        for (Path path = file; path.startsWith(arguments[1]); path = path.getParent()) {
            Files.deleteIfExists(path);
        }
        Resumer resumer = new Resumer(Path.of(arguments[0]), Arrays.copyOfRange(arguments, 2, arguments.length));
        Runtime.getRuntime().addShutdownHook(resumer);
        System.out.write('r');
        System.out.flush();
        resumer.run();
    }

    @Override
    public synchronized void run() {
        try {
            if (!done && System.in.read() < 0) {
                setBack();
            }
            done = true;
        } catch (IOException e) {
            // QEMU has ended too: nobody waits any more, and nobody reads what this process would say.
            done = true;
        }
    }

    private void setBack() throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            ByteBuffer answer = ByteBuffer.allocate(1);
            boolean asked = false;
            for (int lines = 0; lines < awaited && channel.read(answer.clear()) > 0;) {
                if (!asked) {
                    // The greeting has begun: QEMU serves this client now, the one before is gone.
                    channel.write(ByteBuffer.wrap(commands));
                    asked = true;
                }
                lines += answer.get(0) == '\n' ? 1 : 0;
            }
        }
    }
}
