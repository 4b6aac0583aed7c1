// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The kernel and initial RAM disk of a small Linux that keeps its devices busy; made once from Debian packages. */
record Guest(Path kernel, Path initrd) {
    private static final long MINUTES = 5;

    static synchronized Guest linux(String architecture) throws IOException, InterruptedException {
        Requirements.programs("apt-get", "dpkg-deb", "cpio", "depmod", "modprobe", "xz");
        Path folder = Path.of(System.getProperty("sluice.guests"), architecture);
        Path log = Files.createDirectories(folder).resolve("make.log");
        Process process = new ProcessBuilder(System.getProperty("sluice.guest.sources") + "/make", folder.toString(), architecture)
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        boolean made = process.waitFor(MINUTES, TimeUnit.MINUTES) && process.exitValue() == 0;
        process.destroy();
        Requirements.require(made, "the guest for " + architecture + " could not be made, see " + log + ": " + Files.readString(log).strip());
        return new Guest(folder.resolve("vmlinuz"), folder.resolve("initrd.gz"));
    }
}
