// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.ArrayList;
import java.util.List;

/** A q35 machine with virtio network and disk, e1000e, NVMe, a root port and an idle edu, running Linux. */
final class PcGuest {
    private static final String VIRTIO = ",iommu_platform=on,disable-legacy=on";

    private PcGuest() {
    }

    /**
     * Starts it, and waits until it is busy.
     *
     * @param nvmeBus where the NVMe sits: QEMU 7.2's amd-iommu takes devices behind a port for others, so that they cannot work
     */
    static Qemu start(List<String> iommu, String nvmeBus, String kernelArguments, List<String> events) throws Exception {
        return Qemu.startGuest("qemu-system-x86_64", arguments(Guest.linux("amd64"), iommu, nvmeBus, kernelArguments, events));
    }

    /** What makes such a machine; see {@link #start}. */
    static List<String> arguments(Guest guest, List<String> iommu, String nvmeBus, String kernelArguments, List<String> events) {
        List<String> arguments = new ArrayList<>(List.of("-name", "guest", "-machine", "q35,kernel-irqchip=split,memory-backend=ram",
                "-cpu", "qemu64", "-m", "256M", "-object", "memory-backend-memfd,id=ram,size=256M,share=on",
                "-qmp", "unix:{}/qmp2,server=on,wait=off", "-serial", "file:{}/console", "-D", "{}/trace"));
        events.forEach(event -> arguments.addAll(List.of("-trace", event)));
        arguments.addAll(iommu);
        arguments.addAll(List.of("-netdev", "user,id=n0,net=10.0.11.0/24,restrict=on", "-device", "virtio-net-pci,netdev=n0,addr=2,romfile=" + VIRTIO,
                "-drive", "if=none,id=b0,format=raw,file={}/disk0", "-device", "virtio-blk-pci,drive=b0,addr=3" + VIRTIO,
                "-netdev", "user,id=n1,net=10.0.12.0/24,restrict=on", "-device", "e1000e,netdev=n1,addr=4,romfile=",
                "-device", "pcie-root-port,id=rp1,addr=7,chassis=1",
                "-drive", "if=none,id=b1,format=raw,file={}/disk1", "-device", "nvme,serial=t,drive=b1," + nvmeBus,
                "-device", "edu,addr=6", "-kernel", guest.kernel().toString(), "-initrd", guest.initrd().toString(),
                "-append", "console=ttyS0 panic=5 " + kernelArguments));
        return arguments;
    }
}
