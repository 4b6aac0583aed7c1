// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A q35 machine with virtio network and disk, e1000e, an NVMe behind a root port and an idle edu, running Linux. */
final class PcGuest {
    private static final long DISK_BYTES = 16 << 20;
    private static final String VIRTIO = ",iommu_platform=on,disable-legacy=on";

    private PcGuest() {
    }

    /** Starts it, and waits until it is busy. */
    static Qemu start(List<String> iommu, String kernelArguments, List<String> events) throws Exception {
        Guest guest = Guest.linux("amd64");
        Path files = Files.createTempDirectory("sluice-guest-");
        Qemu.disk(files.resolve("a"), DISK_BYTES);
        Qemu.disk(files.resolve("b"), DISK_BYTES);
        List<String> arguments = new ArrayList<>(List.of("-name", "guest", "-machine", "q35,kernel-irqchip=split,memory-backend=ram",
                "-cpu", "qemu64", "-m", "256M", "-object", "memory-backend-memfd,id=ram,size=256M,share=on",
                "-qmp", "unix:{}/qmp2,server=on,wait=off", "-serial", "file:{}/console", "-D", "{}/trace"));
        events.forEach(event -> arguments.addAll(List.of("-trace", event)));
        arguments.addAll(iommu);
        arguments.addAll(List.of("-netdev", "user,id=n0,net=10.0.11.0/24,restrict=on", "-device", "virtio-net-pci,netdev=n0,addr=2" + VIRTIO,
                "-drive", "if=none,id=b0,format=raw,file=" + files.resolve("a"), "-device", "virtio-blk-pci,drive=b0,addr=3" + VIRTIO,
                "-netdev", "user,id=n1,net=10.0.12.0/24,restrict=on", "-device", "e1000e,netdev=n1,addr=4,romfile=",
                "-device", "pcie-root-port,id=rp1,addr=5,chassis=1",
                "-drive", "if=none,id=b1,format=raw,file=" + files.resolve("b"), "-device", "nvme,serial=t,drive=b1,bus=rp1,addr=0",
                "-device", "edu,addr=6", "-kernel", guest.kernel().toString(), "-initrd", guest.initrd().toString(),
                "-append", "console=ttyS0 panic=5 " + kernelArguments));
        Qemu qemu = Qemu.start("qemu-system-x86_64", arguments);
        try {
            // QEMU has them open; nobody else needs their names.
            Files.delete(files.resolve("a"));
            Files.delete(files.resolve("b"));
            Files.delete(files);
            qemu.awaitGuest();
            return qemu;
        } catch (Exception | AssertionError e) {
            qemu.close();
            throw e;
        }
    }
}
