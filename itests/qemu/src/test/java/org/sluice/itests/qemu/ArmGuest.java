// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A virt machine with SMMUv3, virtio network and disk, e1000e, NVMe and an idle edu, running Linux from UEFI with ACPI. */
final class ArmGuest {
    private static final Path UEFI = Path.of("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd");
    private static final String VIRTIO = ",iommu_platform=on,disable-legacy=on";

    private ArmGuest() {
    }

    /** Starts it, and waits until it is busy. */
    static Qemu start(List<String> events) throws Exception {
        Requirements.require(Files.exists(UEFI), "no " + UEFI + ": apt-get install qemu-efi-aarch64");
        Guest guest = Guest.linux("arm64");
        List<String> arguments = new ArrayList<>(List.of("-name", "arm", "-machine", "virt,gic-version=3,its=on,iommu=smmuv3,memory-backend=ram",
                "-bios", UEFI.toString(), "-cpu", "cortex-a57", "-m", "512M", "-object", "memory-backend-file,id=ram,size=512M,share=on,mem-path={}/ram",
                "-serial", "file:{}/console", "-D", "{}/trace"));
        events.forEach(event -> arguments.addAll(List.of("-trace", event)));
        arguments.addAll(List.of("-netdev", "user,id=n0,net=10.0.11.0/24,restrict=on", "-device", "virtio-net-pci,netdev=n0,addr=2,romfile=" + VIRTIO,
                "-drive", "if=none,id=b0,format=raw,file={}/disk0", "-device", "virtio-blk-pci,drive=b0,addr=3" + VIRTIO,
                "-netdev", "user,id=n1,net=10.0.12.0/24,restrict=on", "-device", "e1000e,netdev=n1,addr=4,romfile=",
                "-drive", "if=none,id=b1,format=raw,file={}/disk1", "-device", "nvme,serial=t,drive=b1,addr=5",
                "-device", "edu,addr=6", "-kernel", guest.kernel().toString(), "-initrd", guest.initrd().toString(),
                "-append", "console=ttyAMA0 panic=5 iommu.strict=1"));
        return Qemu.startGuest("qemu-system-aarch64", arguments);
    }
}
