// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Progress;
import org.sluice.spi.MachineSource;

/** Attaches to running QEMUs. Thread-safe, stateless. */
@Component
public final class QemuSource implements MachineSource {
    private static final String SCHEME = "qemu:";

    @Override
    public String description() {
        return "qemu:SOCKET: a running QEMU with shared RAM, by the Unix socket of its -qmp option (qemu:SOCKET,follow=on to log requests to a virtio-iommu)";
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith(SCHEME);
    }

    @Override
    public OpenedMachine open(String origin, Progress progress) {
        return QemuMachine.attach(Order.parse(origin.substring(SCHEME.length())));
    }
}
