// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.durable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.Progress;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.SavedMachine;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.core.swap.Swaps;
import org.sluice.machine.IommuException;
import org.sluice.spi.Backend;

/**
 * Keeps durable spaces in a folder and brings them back: with the platform those of machines that were open when it ended, the others when a machine of that
 * name is opened again from the same place.
 */
@Component(service = DurableSpaces.class, immediate = true)
public final class DurableSpaces implements MachineRegistry.Watcher, SpaceRegistry.Store {
    /** Folder of the store; without it one in Karaf's data. */
    public static final String FOLDER = "sluice.store";

    private static final String KARAF_DATA = "karaf.data";
    /** Set where a platform runs for a few commands and takes its data with it. */
    private static final String SCRATCH = "sluice.scratch";
    private static final long RETRY_MILLIS = 1000;
    private static final System.Logger LOG = System.getLogger(DurableSpaces.class.getName());

    private final BackendRegistry backends;
    private final MachineRegistry machines;
    private final SpaceRegistry spaces;
    private final Swaps swaps;
    private final StoreFolder folder;
    /** Why nothing is kept, or null. */
    private final String notKept;
    private final Map<OpenMachine, KeptMachine> kept = new ConcurrentHashMap<>();
    /** Read, and not open at this moment. */
    private final Map<Path, MachineStore> waiting = new TreeMap<>();
    /** Why they are not; what else is to be told. */
    private final Map<Path, String> reasons = new ConcurrentHashMap<>();
    private final Object reopening = new Object();
    private final Consumer<Backend> backendCame = backend -> later(0);
    private final ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "sluice-restore");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean stopped;

    @Activate
    public DurableSpaces(BundleContext context, @Reference BackendRegistry backends, @Reference MachineRegistry machines,
            @Reference SpaceRegistry spaces, @Reference Swaps swaps) {
        this(folder(context), reason(context), backends, machines, spaces, swaps);
    }

    /** With a folder given, or none. */
    public DurableSpaces(Path path, BackendRegistry backends, MachineRegistry machines, SpaceRegistry spaces, Swaps swaps) {
        this(path, "no folder for them was given, see " + FOLDER, backends, machines, spaces, swaps);
    }

    private DurableSpaces(Path path, String without, BackendRegistry backends, MachineRegistry machines, SpaceRegistry spaces, Swaps swaps) {
        this.backends = backends;
        this.machines = machines;
        this.spaces = spaces;
        this.swaps = swaps;
        StoreFolder opened = null;
        String why = path == null ? without : null;
        if (path != null) {
            try {
                opened = StoreFolder.open(path);
                why = opened == null ? "the store " + path + " is in use by another platform" : null;
            } catch (IOException e) {
                why = "the store " + path + " cannot be used: " + e.getMessage();
            }
        }
        folder = opened;
        notKept = why;
        if (path != null && notKept != null) {
            LOG.log(System.Logger.Level.WARNING, "durable spaces end with the platform: {0}", notKept);
        }
        spaces.keepIn(this);
        if (folder != null) {
            start();
        }
    }

    private static Path folder(BundleContext context) {
        String named = context.getProperty(FOLDER);
        String data = context.getProperty(SCRATCH) == null ? context.getProperty(KARAF_DATA) : null;
        return named != null ? Path.of(named) : data != null ? Path.of(data, "sluice", "spaces") : null;
    }

    private static String reason(BundleContext context) {
        return context.getProperty(SCRATCH) != null ? "this platform runs for these commands only; use the console of ./sluice"
                : "no folder for them was given, see " + FOLDER;
    }

    private void start() {
        try {
            for (Path file : folder.files()) {
                read(file);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the store of durable spaces cannot be listed: {0}", e.getMessage());
        }
        machines.addWatcher(this);
        backends.addBindListener(backendCame);
        machines.named().forEach(machine -> {
            machine.lock().lock();
            try {
                opened(machine);
            } finally {
                machine.lock().unlock();
            }
            ready(machine);
        });
        reopen();
    }

    private void read(Path file) {
        try {
            MachineStore store = MachineStore.open(file);
            store.remarks().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
            if (store.saved().isEmpty() && store.remarks().isEmpty()) {
                store.close(true);
                return;
            }
            waiting.put(file, store);
            if (!store.remarks().isEmpty()) {
                reasons.put(file, String.join("; ", store.remarks()));
            }
        } catch (IOException e) {
            reasons.put(file, "store " + file.getFileName() + " cannot be read: " + e.getMessage());
        }
    }

    /** Opens the machines again that were open; what cannot be opened yet is tried again. */
    private void reopen() {
        List<Map.Entry<Path, SavedMachine>> open = new ArrayList<>();
        synchronized (reopening) {
            waiting.forEach((path, store) -> {
                if (store.saved().isOpen() && !store.saved().isEmpty()) {
                    open.add(Map.entry(path, store.saved()));
                }
            });
        }
        boolean left = false;
        for (Map.Entry<Path, SavedMachine> one : open) {
            SavedMachine saved = one.getValue();
            try {
                machines.open(saved.origin(), saved.name(), false, Progress.NONE);
            } catch (IommuException e) {
                reasons.put(one.getKey(), "machine " + saved.name() + " with " + saved.count() + " durable spaces is not open again: " + e.getMessage());
                left = true;
            }
        }
        if (left) {
            later(RETRY_MILLIS);
        }
    }

    private void later(long millis) {
        if (!stopped) {
            worker.schedule(this::reopen, millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void sourceCame() {
        later(0);
    }

    @Override
    public void opened(OpenMachine machine) {
        if (stopped || machine.slots().stream().noneMatch(UnitSlot::isDrivable)) {
            return;
        }
        Path file = folder.fileOf(machine.origin(), machine.name());
        try {
            MachineStore store;
            synchronized (reopening) {
                store = waiting.remove(file);
            }
            if (store == null && Files.exists(file)) {
                store = MachineStore.open(file);
            }
            reasons.remove(file);
            KeptMachine one = new KeptMachine(machine, spaces.of(machine), file, store);
            kept.put(machine, one);
            one.restore();
        } catch (IOException e) {
            reasons.put(file, "durable spaces of machine " + machine.name() + " are not kept: " + e.getMessage());
        }
    }

    @Override
    public void ready(OpenMachine machine) {
        KeptMachine one = kept.get(machine);
        if (one != null) {
            one.serve(swaps);
            one.remarks().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        }
    }

    @Override
    public void closes(OpenMachine machine) {
        KeptMachine one = kept.remove(machine);
        if (one != null) {
            end(one, true);
        }
    }

    private static void end(KeptMachine one, boolean closed) {
        try {
            one.end(closed);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a store of durable spaces could not be closed: {0}", e.getMessage());
        }
    }

    @Override
    public List<String> remarks(OpenMachine machine) {
        List<String> lines = new ArrayList<>(reasons.values());
        KeptMachine one = kept.get(machine);
        if (one != null) {
            lines.addAll(one.remarks());
            for (UnitSlot slot : machine.slots()) {
                if (slot.isAwaiting()) {
                    lines.add("unit " + slot.name() + " " + slot.info().status().text());
                }
            }
        }
        return lines;
    }

    @Override
    public String notKept(OpenMachine machine) {
        if (notKept != null) {
            return notKept;
        }
        return kept.containsKey(machine) ? null
                : "machine " + machine.name() + " is open for one command only; open it under a name with machine-open first";
    }

    /** Ends everything; machines are open or closed in the store as they are now. */
    @Deactivate
    public void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        backends.removeBindListener(backendCame);
        machines.removeWatcher(this);
        worker.shutdown();
        spaces.keepIn(null);
        kept.values().forEach(one -> end(one, false));
        kept.clear();
        try {
            synchronized (reopening) {
                for (MachineStore store : waiting.values()) {
                    store.close();
                }
                waiting.clear();
            }
            if (folder != null) {
                folder.close();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the store of durable spaces could not be closed: {0}", e.getMessage());
        }
    }
}
