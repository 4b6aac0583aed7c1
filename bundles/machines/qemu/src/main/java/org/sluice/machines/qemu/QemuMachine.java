// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.kit.firmware.AcpiSearch;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

/**
 * A QEMU that is attached to: its monitor, and the files of its RAM. What it shows itself is the look taken when it was
 * opened; every work takes a look of its own. Thread-safe.
 */
final class QemuMachine implements OpenedMachine {
    private static final Map<String, Architecture> TARGETS =
            Map.of("x86_64", Architecture.X86_64, "aarch64", Architecture.AARCH64, "s390x", Architecture.S390X);

    private final QmpClient qmp;
    private final RamFiles ram;
    private final Pause pause;
    private final Order order;
    private final QemuProcess process;
    private final Architecture architecture;
    private final String name;
    private final String version;
    private final QemuLook first;
    private boolean closed;
    /** Whether it was looked for a log of requests, and that log, or null. */
    private boolean asked;
    private RequestLog requests;
    /** Where UEFI has put the root of its tables, or -1; as of so many resets. */
    private long rootPointer = -1;
    private long searchedAtReset = -1;

    private QemuMachine(Order order, QmpClient qmp) {
        this.qmp = qmp;
        this.order = order;
        process = QemuProcess.of(qmp).orElse(null);
        ram = new RamFiles(qmp, process);
        Path socket = order.socket();
        pause = new Pause(socket, qmp);
        String target = qmp.object("query-target", Map.of()).text("arch").orElse("");
        architecture = Optional.ofNullable(TARGETS.get(target)).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED,
                socket + ": is a QEMU for " + target + "; x86_64, aarch64 and s390x can be attached to"));
        name = qmp.object("query-name", Map.of()).text("name").orElseGet(() -> baseName(socket));
        Attributes told = qmp.object("query-version", Map.of());
        Attributes numbers = told.child("qemu").orElse(Attributes.EMPTY);
        version = numbers.number("major").orElse(0L) + "." + numbers.number("minor").orElse(0L) + "." + numbers.number("micro").orElse(0L)
                + told.text("package").filter(p -> !p.isEmpty()).map(p -> " (" + p + ")").orElse("");
        try {
            first = QemuLook.at(this, () -> { });
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        if (order.follow() && !asked) {
            close();
            throw new IommuException(Reason.UNSUPPORTED, socket + ": this QEMU has no virtio-iommu, or several, so that follow=on has no sense");
        }
    }

    /** @throws IommuException with what to change in QEMU's command line, where that is what it takes */
    static QemuMachine attach(Order order) {
        QmpClient qmp = QmpClient.connect(order.socket());
        try {
            return new QemuMachine(order, qmp);
        } catch (RuntimeException e) {
            qmp.close();
            throw e;
        }
    }

    private static String baseName(Path socket) {
        String file = String.valueOf(socket.getFileName());
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }

    QmpClient qmp() {
        return qmp;
    }

    Architecture architecture() {
        return architecture;
    }

    String name() {
        return name;
    }

    String version() {
        return version;
    }

    synchronized List<GuestMemory.Piece> pieces(FlatView view) {
        ram.refresh();
        return GuestMemory.pieces(view, ram);
    }

    /** What is told of the only virtio-iommu by the requests to it; empty if nobody can follow them. */
    synchronized Map<String, Object> requests(VirtioRequests asking) {
        if (!asked) {
            requests = RequestLog.begin(qmp, process, order);
            asked = true;
        }
        return requests == null ? Map.of("whyUnknown", RequestLog.ADVICE) : asking.facts(requests.now());
    }

    /** Firmware tables in memory as they are now. RAM is searched for them once for each start of the guest: that takes a moment. */
    synchronized AcpiSearch.Found firmware(PhysicalMemory memory, List<GuestMemory.Piece> pieces) {
        AcpiSearch.Found found = architecture == Architecture.X86_64 ? AcpiSearch.in(memory) : AcpiSearch.at(memory, rootPointer);
        if (found.tables().isEmpty() && rootPointer != -1) {
            found = AcpiSearch.at(memory, rootPointer);
        }
        if (found.tables().isEmpty() && searchedAtReset != qmp.reset() && architecture != Architecture.S390X) {
            searchedAtReset = qmp.reset();
            rootPointer = RootPointerScan.find(pieces, address -> !AcpiSearch.at(memory, address).tables().isEmpty());
            found = AcpiSearch.at(memory, rootPointer);
        }
        return found;
    }

    @Override
    public boolean isLive() {
        return true;
    }

    @Override
    public OpenedMachine look(boolean stopped) {
        if (!stopped) {
            return QemuLook.at(this, () -> { });
        }
        pause.begin();
        try {
            return QemuLook.at(this, pause::end);
        } catch (RuntimeException e) {
            pause.end();
            throw e;
        }
    }

    @Override
    public MachineDescription description() {
        return first.description();
    }

    @Override
    public PhysicalMemory memory() {
        return first.memory();
    }

    @Override
    public RegisterPort registers(UnitDescription unit) {
        return first.registers(unit);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                pause.close();
            } finally {
                if (requests != null) {
                    requests.close();
                }
                qmp.close();
                ram.close();
            }
        }
    }
}
