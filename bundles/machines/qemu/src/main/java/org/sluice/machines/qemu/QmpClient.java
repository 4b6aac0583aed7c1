// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Speaks QMP over its Unix socket: one command at a time, each with a deadline; events are counted as they come by. After
 * an error of the connection nothing more can be asked. Without a thread of its own; thread-safe.
 */
final class QmpClient implements AutoCloseable {
    /** `info mtree` of a machine with hundreds of devices has about a MiB. */
    static final int MAX_MESSAGE = 16 << 20;
    private static final Duration GREETING = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final int BUFFER = 1 << 16;
    private static final String LATE = "QEMU has not answered in time";
    private static final String HUMAN = "human-monitor-command";

    private final Path socket;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer incoming = ByteBuffer.allocate(BUFFER).flip();
    /** Why nothing can be asked any more, or null. */
    private String broken;
    private long resumed;
    private long reset;
    private boolean pendingInterrupt;
    /** Whether anything has come at all. */
    private boolean spoken;

    private QmpClient(Path socket, SocketChannel channel, Selector selector) {
        this.socket = socket;
        this.channel = channel;
        this.selector = selector;
    }

    /** @throws IommuException if there is no QMP monitor, or another client has it */
    static QmpClient connect(Path socket) {
        if (!Files.exists(socket)) {
            throw new IommuException(Reason.NOT_FOUND, socket + ": no such socket; start QEMU with -qmp unix:" + socket + ",server=on,wait=off");
        }
        if (Files.isRegularFile(socket) || Files.isDirectory(socket)) {
            throw new IommuException(Reason.BAD_FORMAT, socket + ": is a " + (Files.isDirectory(socket) ? "folder" : "file")
                    + ", no socket; write qemu:SOCKET with the socket of QEMU's -qmp option");
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            QmpClient client = new QmpClient(socket, channel, selector);
            client.greet();
            return client;
        } catch (IOException | IllegalArgumentException e) {
            close(channel);
            throw new IommuException(Reason.IO, socket + ": cannot be connected to: " + e.getMessage() + "; no QEMU listens there any more, "
                    + "or it is not a socket of this user", e);
        } catch (IommuException e) {
            close(channel);
            throw e;
        }
    }

    private void greet() throws IOException {
        Map<String, Object> greeting;
        try {
            greeting = message(GREETING);
        } catch (IommuException e) {
            if (!spoken && broken.equals(LATE)) {
                throw new IommuException(Reason.IO, socket + ": does not answer; a monitor serves one client at a time: end the other one, or give "
                        + "this QEMU a second -qmp unix:OTHER,server=on,wait=off", e);
            }
            if (!spoken) {
                throw new IommuException(Reason.IO, socket + ": whoever listens there closed the connection at once; name the socket of QEMU's -qmp option", e);
            }
            throw noMonitor(e);
        }
        if (!greeting.containsKey("QMP")) {
            throw noMonitor(null);
        }
        execute("qmp_capabilities");
    }

    /** The human monitor greets too, with a line and a prompt. */
    private IommuException noMonitor(Throwable cause) {
        return new IommuException(Reason.BAD_FORMAT, socket + ": is not a QMP monitor (a human monitor, -monitor, is none either); name the socket of "
                + "QEMU's -qmp option", cause);
    }

    /** The answer to a command: a tree, or null where it has none. */
    Object execute(String command) {
        return execute(command, Map.of());
    }

    /** @throws IommuException {@code UNSUPPORTED} if QEMU refuses it, {@code IO} if the connection has ended */
    synchronized Object execute(String command, Map<String, ?> arguments) {
        usable();
        try {
            send(QmpJson.command(command, arguments));
            return answer(command);
        } finally {
            passInterrupt();
        }
    }

    /** An object that a command answers. */
    Attributes object(String command, Map<String, ?> arguments) {
        if (execute(command, arguments) instanceof Map<?, ?> map) {
            return attributes(map);
        }
        throw new IommuException(Reason.BAD_FORMAT, socket + ": QEMU answered " + command + " with something else than an object");
    }

    /** The objects that a command answers. */
    List<Attributes> objects(String command) {
        return objects(command, Map.of());
    }

    List<Attributes> objects(String command, Map<String, ?> arguments) {
        List<Attributes> all = new ArrayList<>();
        if (execute(command, arguments) instanceof List<?> list) {
            for (Object element : list) {
                if (element instanceof Map<?, ?> map) {
                    all.add(attributes(map));
                }
            }
        }
        return all;
    }

    @SuppressWarnings("unchecked")
    static Attributes attributes(Map<?, ?> map) {
        return new Attributes((Map<String, ?>) map);
    }

    /** A command of the human monitor as a line of QMP. */
    static String humanCommand(String line) {
        return new String(QmpJson.command(HUMAN, Map.of("command-line", line)), StandardCharsets.UTF_8);
    }

    /** What the human monitor prints. */
    String human(String line) {
        return human(List.of(line)).get(0);
    }

    /** As {@link #human(String)} for several lines, sent together. */
    synchronized List<String> human(List<String> lines) {
        usable();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String line : lines) {
            all.writeBytes(QmpJson.command(HUMAN, Map.of("command-line", line)));
        }
        try {
            send(all.toByteArray());
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                answers.add(String.valueOf(answer(HUMAN)).replace("\r", ""));
            }
            return answers;
        } finally {
            passInterrupt();
        }
    }

    /** How often the machine was let go on since the connection began, by anybody, as far as events tell. */
    synchronized long resumed() {
        return resumed;
    }

    /** How often the machine was started anew since the connection began. */
    synchronized long reset() {
        return reset;
    }

    private void usable() {
        if (broken != null) {
            throw gone(null);
        }
    }

    private IommuException gone(Throwable cause) {
        return new IommuException(Reason.IO, socket + ": " + broken + "; close the machine, and open it again when QEMU runs", cause);
    }

    private void send(byte[] bytes) {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        long end = System.nanoTime() + ANSWER.toNanos();
        try {
            while (out.hasRemaining()) {
                if (channel.write(out) == 0) {
                    await(SelectionKey.OP_WRITE, end);
                }
            }
        } catch (IOException e) {
            broken = "QEMU has ended, or closed its monitor";
            throw gone(e);
        }
    }

    private Object answer(String command) {
        while (true) {
            Map<String, Object> message = message(ANSWER);
            if (message.containsKey("return")) {
                return message.get("return");
            }
            if (message.get("error") instanceof Map<?, ?> error) {
                String text = String.valueOf(error.get("desc")).replaceAll("\\p{Cntrl}+", " ");
                throw new IommuException(Reason.UNSUPPORTED, socket + ": QEMU refuses " + command + ": " + text);
            }
            resumed += "RESUME".equals(message.get("event")) ? 1 : 0;
            reset += "RESET".equals(message.get("event")) ? 1 : 0;
        }
    }

    /** The next message, whatever it is. */
    private Map<String, Object> message(Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            while (true) {
                while (incoming.hasRemaining()) {
                    byte next = incoming.get();
                    if (next == '\n') {
                        return QmpJson.read(line.toByteArray());
                    }
                    line.write(next);
                }
                if (line.size() > MAX_MESSAGE) {
                    throw new IOException("a message of more than " + MAX_MESSAGE + " bytes");
                }
                fill(end);
            }
        } catch (IOException e) {
            broken = broken != null ? broken : "what it sends is not QMP (" + String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}+", " ") + ")";
            throw gone(e);
        }
    }

    private void fill(long end) throws IOException {
        incoming.clear();
        int read = 0;
        try {
            read = channel.read(incoming);
            while (read == 0) {
                await(SelectionKey.OP_READ, end);
                read = channel.read(incoming);
            }
        } catch (IOException e) {
            broken = broken != null ? broken : "QEMU has ended, or closed its monitor";
            throw e;
        } finally {
            incoming.flip();
        }
        spoken |= read > 0;
        if (read < 0) {
            broken = "QEMU has ended, or closed its monitor";
            throw new IOException(broken);
        }
    }

    private void await(int operation, long end) throws IOException {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            broken = LATE;
            throw new IOException(broken);
        }
        channel.keyFor(selector).interestOps(operation);
        // The answer comes whether somebody still wants it or not: whoever interrupts waits for it, or the next answer would be this one.
        pendingInterrupt |= Thread.interrupted();
        selector.select(left);
        selector.selectedKeys().clear();
        pendingInterrupt |= Thread.interrupted();
    }

    /** Hands on an interrupt that came during an exchange. */
    private void passInterrupt() {
        if (pendingInterrupt) {
            pendingInterrupt = false;
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        broken = broken != null ? broken : "it was closed here";
        close(channel);
        close(selector);
    }

    private static void close(AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            // Nothing depends on it any more, and the first failure is the one to tell.
        }
    }
}
