// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** A {@link Resumer} process at the other end of a pipe. It is there before anything is done that it sets back. */
final class Watchdog {
    private static final long PATIENCE_SECONDS = 10;

    private final Process process;

    private Watchdog(Process process) {
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param commands lines of QMP that it sends if this process dies
     * @throws IommuException if it does not start: then nothing must be done that would need them
     */
    static Watchdog start(Path socket, List<String> commands) {
        String program = Resumer.class.getName().replace('.', '/') + ".class";
        try (InputStream code = Resumer.class.getResourceAsStream("Resumer.class")) {
            Path folder = Files.createTempDirectory("sluice-watchdog-");
            Path file = folder.resolve(program);
            Files.createDirectories(file.getParent());
            Files.copy(code, file);
            List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx16m", "-cp", folder.toString(), Resumer.class.getName(),
                    socket.toString(), folder.toString()));
            line.addAll(commands);
            ProcessBuilder builder = new ProcessBuilder(line);
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().keySet().removeIf(name -> name.equals("JAVA_TOOL_OPTIONS") || name.equals("JDK_JAVA_OPTIONS"));
            Process process = builder.start();
            if (process.getInputStream().read() < 0) {
                throw new IOException("the process ended at once");
            }
            return new Watchdog(process);
        } catch (IOException e) {
            throw new IommuException(Reason.IO, "the process that sets QEMU back, should this one die, cannot be started: " + e.getMessage()
                    + "; nothing was changed", e);
        }
    }

    /** All is well: it ends and does nothing. */
    void dismiss() {
        try {
            process.getOutputStream().write('d');
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            // It has ended before: then there is nobody to tell.
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** It could not be done from here: that is now for the process to do. */
    void release() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroyForcibly();
        }
    }
}
