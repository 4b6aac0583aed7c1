// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/**
 * A QEMU with one IOMMU, an {@code edu} device behind it, and no guest: its processor sleeps in a boot ROM of halts, and its RAM is a
 * file that this process maps too. With instructions counted and no sleeping, the clock jumps to the next timer, so that the
 * device's delay of 100 ms costs nothing. Not thread-safe.
 */
public final class QemuMachine implements AutoCloseable {
    private static final int ROM_BYTES = 0x2_0000;
    /** {@code cli; hlt; jmp} back, from every 4 bytes on. */
    private static final int X86_HALT = 0xfd_ebf4_fa;
    /** {@code wfi; b .-4}. */
    private static final long ARM_HALT = 0x17ff_ffff_d503_207fL;
    private static final long START_NANOS = 20_000_000_000L;
    private static final long STOP_SECONDS = 5;
    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.(\\d+)\\.(\\d+)");

    private final UnitKind kind;
    private final Version version;
    private final Path folder;
    private final Process process;
    /** Ends QEMU with the platform: it waits for its sockets otherwise, for ever. */
    private final Thread atExit;
    private final Qtest qtest;
    private final ByteBuffer ram;
    private final PhysicalMemory memory;
    private final EduDevice device;

    /** A release of QEMU. */
    public record Version(int major, int minor, int micro) implements Comparable<Version> {
        @Override
        public int compareTo(Version other) {
            return Comparator.comparingInt(Version::major).thenComparingInt(Version::minor).thenComparingInt(Version::micro).compare(this, other);
        }

        @Override
        public String toString() {
            return major + "." + minor + "." + micro;
        }
    }

    private QemuMachine(UnitKind kind, Version version, Path folder, Process process, Qtest qtest, ByteBuffer ram) {
        this.kind = kind;
        this.version = version;
        this.folder = folder;
        this.process = process;
        atExit = new Thread(process::destroyForcibly, "ends QEMU with the platform");
        Runtime.getRuntime().addShutdownHook(atExit);
        this.qtest = qtest;
        this.ram = ram;
        memory = PhysicalMemory.builder().ram(kind.ram()).data(kind.ram().start(), ram, true).build();
        device = new EduDevice(qtest, kind.isArm());
    }

    /** What a binary says of itself; {@code NOT_FOUND} if there is no such program. */
    public static Version version(String binary) {
        try {
            Process asked = new ProcessBuilder(binary, "--version").redirectErrorStream(true).start();
            String told = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher m = VERSION.matcher(told);
            if (!m.find()) {
                throw new IommuException(Reason.UNSUPPORTED, "'" + binary + "' does not tell a QEMU version");
            }
            return new Version(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)));
        } catch (IOException absent) {
            throw new IommuException(Reason.NOT_FOUND, "there is no program '" + binary + "': install QEMU or name another with --qemu", absent);
        }
    }

    /** Starts {@code binary}; {@code IO} if it does not come up, with what it said. */
    public static QemuMachine start(UnitKind kind, String binary) {
        Version version = version(binary);
        Process process = null;
        Path folder = null;
        try {
            folder = Files.createTempDirectory("sluice-qemu");
            Files.write(folder.resolve("halt.rom"), rom(kind));
            process = new ProcessBuilder(command(kind, version, binary)).directory(folder.toFile()).redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile()).start();
            Qtest qtest = connect(process, folder);
            // It listens before there is a machine; it answers only afterwards.
            qtest.ask("readl", kind.registers());
            try (FileChannel file = FileChannel.open(folder.resolve("ram"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer ram = file.map(MapMode.READ_WRITE, 0, kind.ram().size()).order(ByteOrder.LITTLE_ENDIAN);
                return new QemuMachine(kind, version, folder, process, qtest, ram);
            }
        } catch (IOException | IommuException failed) {
            if (process != null) {
                process.destroyForcibly();
            }
            remove(folder);
            throw failed instanceof IommuException told ? told : new IommuException(Reason.IO, "cannot start " + binary + ": " + failed.getMessage(), failed);
        }
    }

    private static byte[] rom(UnitKind kind) {
        ByteBuffer rom = ByteBuffer.allocate(ROM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (rom.hasRemaining()) {
            if (kind.isArm()) {
                rom.putLong(ARM_HALT);
            } else {
                rom.putInt(X86_HALT);
            }
        }
        return rom.array();
    }

    private static List<String> command(UnitKind kind, Version version, String binary) {
        List<String> command = new ArrayList<>(List.of(binary, "-accel", "tcg", "-icount", "shift=0,sleep=off", "-bios", "halt.rom"));
        command.addAll(kind.isArm()
                ? List.of("-machine", "virt,iommu=smmuv3,gic-version=3,memory-backend=ram", "-cpu", "cortex-a57",
                        "-device", "edu,dma_mask=0xffffffffffffffff,addr=1.0")
                : List.of("-machine", "q35,memory-backend=ram,hpet=off,pit=off"));
        command.addAll(kind.options(version));
        if (!kind.isArm()) {
            // After the unit: a device finds its unit when it is made.
            command.addAll(List.of("-device", "edu,bus=pcie.0,addr=6,dma_mask=0xffffffffffffffff"));
        }
        long bytes = kind.ram().size();
        command.addAll(List.of("-m", String.valueOf(bytes >>> 20), "-object", "memory-backend-file,id=ram,share=on,mem-path=ram,size=" + bytes,
                "-display", "none", "-serial", "none", "-monitor", "none", "-nodefaults", "-no-user-config",
                "-qtest", "unix:qtest,server=on,wait=off", "-qtest-log", "/dev/null"));
        return command;
    }

    private static Qtest connect(Process process, Path folder) throws IOException {
        long start = System.nanoTime();
        while (true) {
            try {
                return Qtest.connect(folder.resolve("qtest"));
            } catch (IOException early) {
                if (!process.isAlive() || System.nanoTime() - start > START_NANOS) {
                    throw new IommuException(Reason.IO, "QEMU does not come up: " + Files.readString(folder.resolve("log")).strip(), early);
                }
                Thread.onSpinWait();
            }
        }
    }

    public UnitKind kind() {
        return kind;
    }

    public Version version() {
        return version;
    }

    /** Whether it has not ended; it may hang all the same. */
    public boolean isRunning() {
        return process.isAlive();
    }

    /** What it said last, for instance the assertion that it ended with. */
    public String lastWords() {
        try {
            String[] lines = Files.readString(folder.resolve("log")).strip().split("\n");
            return lines[lines.length - 1];
        } catch (IOException e) {
            return "what it said cannot be read: " + e.getMessage();
        }
    }

    /** Its RAM; what is written there its devices see at once. */
    public PhysicalMemory memory() {
        return memory;
    }

    /** All bytes of RAM. */
    public ByteBuffer ram() {
        return ram;
    }

    /** The unit's registers. Writes go out with the next read. */
    public RegisterPort registers() {
        return new QemuRegisters(qtest, kind.registers());
    }

    /** The device that does DMA. */
    public EduDevice device() {
        return device;
    }

    @Override
    public void close() {
        try {
            qtest.close();
            process.destroy();
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            notAtExit();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        remove(folder);
    }

    private void notAtExit() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The platform is ending: the thread is at work already.
        }
    }

    private static void remove(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException kept) {
            throw new UncheckedIOException(kept);
        }
    }
}
