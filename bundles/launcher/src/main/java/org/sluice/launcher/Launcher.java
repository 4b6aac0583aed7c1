// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.io.File;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.util.tracker.ServiceTracker;
import sun.misc.Signal;

/**
 * Starts the run once the shell is there. Its bundle has the last start level, so that everything else stands.
 *
 * <p>It ends the process by halting: an orderly stop of the platform takes longer than most commands and would save
 * nothing, because the data directory of a single command is its own and goes with it.
 */
@Component(immediate = true, service = {})
public final class Launcher {
    @Activate
    public Launcher(BundleContext context, @Reference SessionFactory sessions) {
        Arguments arguments = Arguments.from(System::getProperty);
        if (arguments.mode() == Arguments.Mode.NONE) {
            return;
        }
        for (String signal : new String[] {"INT", "TERM", "HUP"}) {
            Signal.handle(new Signal(signal), s -> end(128 + s.getNumber()));
        }
        Streams streams = new Streams(() -> end(Status.BROKEN_PIPE));
        Thread thread = new Thread(() -> {
            int status = Status.FAILED;
            try {
                await(context, System.getProperty("sluice.await", ""));
                status = new Runner(sessions, streams).run(arguments);
                streams.out.flush();
            } finally {
                end(status);
            }
        }, "sluice-command");
        thread.setDaemon(false);
        thread.start();
    }

    /** Karaf reads its feature files after the start and says so with a service; its own commands answer only then. */
    private static void await(BundleContext context, String service) {
        if (service.isEmpty()) {
            return;
        }
        ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, service, null);
        tracker.open();
        try {
            tracker.waitForService(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            tracker.close();
        }
    }

    private static void end(int status) {
        String scratch = System.getProperty("sluice.scratch");
        if (scratch != null && !scratch.isEmpty()) {
            delete(new File(scratch));
        }
        if (Boolean.getBoolean("sluice.orderly")) {
            // The class-data archive is written by an exit and not by a halt.
            System.exit(status);
        }
        Runtime.getRuntime().halt(status);
    }

    /** What cannot be deleted now is swept by the next start of the script. */
    private static void delete(File file) {
        File[] children = file.listFiles();
        if (children != null && !Files.isSymbolicLink(file.toPath())) {
            for (File child : children) {
                delete(child);
            }
        }
        if (!file.delete() && file.exists()) {
            System.getLogger(Launcher.class.getName()).log(System.Logger.Level.DEBUG, "left behind: {0}", file);
        }
    }
}
