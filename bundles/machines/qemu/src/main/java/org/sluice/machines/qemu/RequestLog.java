// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Follows the requests to a virtio-iommu by QEMU's trace of them: in the log that QEMU was started with, or, if the user wants it so,
 * by telling QEMU to log them from now on. What was set for that is set back when it is closed, by a {@link Watchdog} process if
 * this one dies. Not thread-safe.
 */
final class RequestLog implements AutoCloseable {
    static final String ADVICE = "QEMU keeps the mappings of a virtio-iommu to itself; start it with -trace 'virtio_iommu_*' "
            + "-trace '-virtio_iommu_translate*' -D FILE, or open it as qemu:SOCKET,follow=on and start the guest anew";
    static final String BEFORE = "attached before anybody followed the requests; known when the guest attaches it again or is started anew";
    private static final String PATTERN = "virtio_iommu_*";
    /** Without one of these the state cannot be told. Versions name the end of a device's reset differently, and some of them not all. */
    private static final List<String> NEEDED = List.of("attach", "detach", "map", "unmap", "unmap_done", "get_domain", "put_domain", "get_endpoint",
            "put_endpoint", "switch_address_space", "fill_resv_property", "device_reset", "device_reset_exit", "detach_endpoint_from_domain");
    /** Traces each command of the monitor, with its text. */
    private static final String MARKER = "handle_qmp_command";

    private final QmpClient qmp;
    private final QemuLog log;
    private final TracedRequests requests = new TracedRequests();
    /** Lines of the human monitor that set back what was changed. */
    private final List<String> undo;
    private final Watchdog watchdog;

    private RequestLog(QmpClient qmp, QemuLog log, List<String> undo, Watchdog watchdog) {
        this.qmp = qmp;
        this.log = log;
        this.undo = undo;
        this.watchdog = watchdog;
    }

    /**
     * Begins to follow.
     *
     * @param process null if it cannot be looked into
     * @return null if QEMU traces no requests, and was not to be told to
     */
    static RequestLog begin(QmpClient qmp, QemuProcess process, Order order) {
        Map<String, Boolean> events = events(qmp, PATTERN);
        List<String> off = NEEDED.stream().map(e -> PATTERN.replace("*", e)).filter(e -> Boolean.FALSE.equals(events.get(e))).toList();
        Path file = order.log() != null ? order.log() : process == null ? null : process.log().orElse(null);
        if (!events.isEmpty() && off.isEmpty() && file != null) {
            return new RequestLog(qmp, open(file), List.of(), null);
        }
        if (!order.follow()) {
            return null;
        }
        if (events.isEmpty()) {
            throw new IommuException(Reason.UNSUPPORTED, "this QEMU is built without tracing, so that nobody can follow the requests to its virtio-iommu");
        }
        if (process == null && order.log() == null) {
            throw new IommuException(Reason.UNSUPPORTED, "where this QEMU logs to cannot be found out; run as the user who started QEMU, or add log=FILE");
        }
        return follow(qmp, process, order.socket(), off, file);
    }

    private static QemuLog open(Path file) {
        try {
            return new QemuLog(file);
        } catch (IOException e) {
            throw new IommuException(Reason.IO, file + ": QEMU's log cannot be read: " + e.getMessage(), e);
        }
    }

    /** The events there are, and whether each is on. */
    private static Map<String, Boolean> events(QmpClient qmp, String pattern) {
        Map<String, Boolean> events = new HashMap<>();
        try {
            for (Attributes event : qmp.objects("trace-event-get-state", Map.of("name", pattern))) {
                events.put(event.text("name").orElse(""), event.text("state").orElse("").equals("enabled"));
            }
        } catch (IommuException e) {
            if (e.reason() != Reason.UNSUPPORTED) {
                throw e;
            }
        }
        return events;
    }

    private static RequestLog follow(QmpClient qmp, QemuProcess process, Path socket, List<String> off, Path present) {
        List<String> undo = new ArrayList<>();
        off.forEach(event -> undo.add("trace-event " + event + " off"));
        if (present == null) {
            undo.add("logfile " + process.errors());
        }
        Watchdog watchdog = Watchdog.start(socket, undo.stream().map(QmpClient::humanCommand).toList());
        QemuLog log = null;
        try {
            log = present == null ? redirected(qmp) : open(present);
            log.skip();
            prove(qmp, log, present);
            for (String event : off) {
                said(qmp, "trace-event " + event + " on");
            }
            return new RequestLog(qmp, log, undo, watchdog);
        } catch (IOException | RuntimeException e) {
            RequestLog begun = new RequestLog(qmp, log, undo, watchdog);
            begun.close();
            throw e instanceof RuntimeException refused ? refused : new IommuException(Reason.IO, "QEMU's log cannot be read: " + e.getMessage(), e);
        }
    }

    /** Lets QEMU log into a file without a name, of which nothing is left however this ends. */
    private static QemuLog redirected(QmpClient qmp) throws IOException {
        Path file = Files.createTempFile("sluice-log-", "");
        try {
            QemuLog log = new QemuLog(file);
            said(qmp, "logfile " + file);
            return log;
        } finally {
            Files.delete(file);
        }
    }

    private static void said(QmpClient qmp, String line) {
        String answer = qmp.human(line).trim();
        if (!answer.isEmpty()) {
            throw new IommuException(Reason.UNSUPPORTED, "QEMU refuses '" + line + "': " + answer.replaceAll("\\p{Cntrl}+", " "));
        }
    }

    /** Has QEMU log something, and looks whether it comes: the log may have been moved, or lie in another container. */
    private static void prove(QmpClient qmp, QemuLog log, Path present) throws IOException {
        boolean on = Boolean.TRUE.equals(events(qmp, MARKER).get(MARKER));
        said(qmp, "trace-event " + MARKER + " on");
        qmp.human(on ? "info version" : "trace-event " + MARKER + " off");
        int[] seen = {0};
        log.read(line -> seen[0] += line.contains(MARKER) ? 1 : 0, () -> { });
        if (seen[0] == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "what QEMU traces does not come to " + (present == null ? "the log it was told" : present)
                    + "; add log=FILE, or start QEMU with -D FILE");
        }
    }

    /** What the requests up to now have come to. */
    TracedRequests now() {
        try {
            log.read(requests::line, requests::forget);
            return requests;
        } catch (IOException e) {
            throw new IommuException(Reason.IO, "QEMU's log cannot be read any more: " + e.getMessage(), e);
        }
    }

    /** If QEMU has ended there is nothing to set back. */
    @Override
    public void close() {
        try {
            if (log != null) {
                log.close();
            }
            undo.forEach(qmp::human);
            if (watchdog != null) {
                watchdog.dismiss();
            }
        } catch (IOException | IommuException e) {
            if (watchdog != null) {
                watchdog.release();
            }
        }
    }
}
