// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Answers QMP as a QEMU would that has one RAM file, a VT-d unit and a network card. The processors' thread is this process, so
 * that what it holds open is found as QEMU's would be. Serves one client after the other.
 */
final class FakeQemu implements AutoCloseable {
    static final String GREETING = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}, \"capabilities\": [\"oob\"]}}\r\n";

    final Path folder;
    final Path socket;
    /** Commands in the order in which they came. */
    final List<String> asked = new CopyOnWriteArrayList<>();
    /** Command, or line of the human monitor, to the text after {@code "return":}, or a whole message that begins with a brace and "error". */
    final Map<String, String> answers = new ConcurrentHashMap<>();
    volatile String greeting = GREETING;
    /** Sent before the next answer. */
    volatile String event;
    private final ServerSocketChannel server;
    private final Thread thread;
    private volatile SocketChannel client;

    FakeQemu() throws IOException {
        folder = Files.createTempDirectory("sluice-fake-");
        socket = folder.resolve("qmp");
        answers.put("qmp_capabilities", "{}");
        answers.put("query-target", "{\"arch\": \"x86_64\"}");
        answers.put("query-name", "{\"name\": \"fake\"}");
        answers.put("query-version", "{\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"\"}");
        answers.put("query-status", "{\"status\": \"running\", \"running\": true}");
        answers.put("query-cpus-fast", "[{\"thread-id\": " + ProcessHandle.current().pid() + "}]");
        answers.put("query-pci", "[]");
        answers.put("query-memdev", "[]");
        answers.put("info mtree -f", quote(""));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        thread = new Thread(this::serve, "fake-qemu");
        thread.setDaemon(true);
        thread.start();
    }

    static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\r\\n") + "\"";
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel channel = server.accept()) {
                client = channel;
                send(channel, greeting);
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    answer(channel, line);
                }
            } catch (IOException e) {
                // The client, or the test, has gone.
                continue;
            }
        }
    }

    private void answer(SocketChannel channel, String line) throws IOException {
        String command = line.replaceAll(".*\"execute\":\"([^\"]*)\".*", "$1");
        String human = command.equals("human-monitor-command") ? line.replaceAll(".*\"command-line\":\"([^\"]*)\".*", "$1") : command;
        String key = command.equals("qom-get") ? line.replaceAll(".*\"property\":\"([^\"]*)\".*", "$1") : human;
        asked.add(key);
        if (event != null) {
            send(channel, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" + event + "\"}\r\n");
            event = null;
        }
        String answer = answers.getOrDefault(key, command.equals("human-monitor-command") ? quote("unknown command") : null);
        if (answer == null) {
            send(channel, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command " + key + " has not been found\"}}\r\n");
        } else {
            send(channel, "{\"return\": " + answer + "}\r\n");
        }
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Ends the connection as a QEMU that dies does. */
    void hangUp() throws IOException {
        server.close();
        client.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (client != null) {
            client.close();
        }
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
        }
    }
}
