// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.Progress;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.Backend;
import org.sluice.spi.MachineSource;
import org.sluice.spi.MachineSource.OpenedMachine;

/** Machines open by name, and those leased for one command. */
@Component(service = {MachineRegistry.class, MachineService.class})
public final class MachineRegistry implements MachineService {
    private final BackendRegistry backends;
    private final List<MachineSource> sources = new CopyOnWriteArrayList<>();
    private final Map<String, OpenMachine> named = new LinkedHashMap<>();
    private final List<OpenMachine> leased = new CopyOnWriteArrayList<>();
    private final List<Runnable> onLive = new CopyOnWriteArrayList<>();
    private final Runnable wentLive = () -> onLive.forEach(Runnable::run);
    private final Consumer<Backend> unbindListener = this::drop;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    /** Is told what becomes of machines that are open by name; those leased for one command are nobody's business. */
    public interface Watcher {
        /** Before anybody else can change the machine's spaces: its lock is held. */
        void opened(OpenMachine machine);

        /** Afterwards, without the lock, and before whoever opens the machine gets it. */
        void ready(OpenMachine machine);

        /** Somebody closes it; the end of the platform is not told. */
        void closes(OpenMachine machine);

        /** Machines can be opened now that could not before. */
        void sourceCame();
    }

    @Activate
    public MachineRegistry(@Reference BackendRegistry backends) {
        this.backends = backends;
        backends.addUnbindListener(unbindListener);
    }

    @Deactivate
    synchronized void closeAll() {
        backends.removeUnbindListener(unbindListener);
        named.values().forEach(OpenMachine::close);
        named.clear();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(MachineSource source) {
        sources.add(source);
        watchers.forEach(Watcher::sourceCame);
    }

    public void unbind(MachineSource source) {
        sources.remove(source);
    }

    /** Calls {@code listener}, which must be quick, with each unit that begins to serve, until {@link #removeLiveListener}. */
    public void addLiveListener(Runnable listener) {
        onLive.add(listener);
    }

    public void removeLiveListener(Runnable listener) {
        onLive.remove(listener);
    }

    public void addWatcher(Watcher watcher) {
        watchers.add(watcher);
    }

    public void removeWatcher(Watcher watcher) {
        watchers.remove(watcher);
    }

    @Override
    public Machine open(String origin, String name, boolean stopped, Progress progress) {
        OpenedMachine opened = source(origin).open(origin, progress);
        try {
            OpenMachine machine = new OpenMachine(Names.checked("a machine", name == null ? opened.description().name() : name), origin, opened, backends, wentLive);
            if (stopped) {
                machine.hold();
            }
            introduce(machine);
            return machine;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void introduce(OpenMachine machine) {
        machine.lock().lock();
        try {
            register(machine);
            watchers.forEach(watcher -> watcher.opened(machine));
        } finally {
            machine.lock().unlock();
        }
        watchers.forEach(watcher -> watcher.ready(machine));
    }

    private synchronized void register(OpenMachine machine) {
        String name = machine.name();
        if (named.putIfAbsent(name, machine) != null) {
            machine.release();
            throw new IommuException(Reason.ALREADY_OPEN, "a machine named '" + name + "' is open already; close it with machine-close "
                    + name + ", or give this one another name with --name");
        }
    }

    @Override
    public synchronized List<Machine> list() {
        return new ArrayList<>(named.values());
    }

    /** Machines open by name. */
    public synchronized List<OpenMachine> named() {
        return new ArrayList<>(named.values());
    }

    /** All machines, those leased for one command too. */
    public synchronized List<OpenMachine> all() {
        List<OpenMachine> all = new ArrayList<>(named.values());
        leased.stream().filter(machine -> !all.contains(machine)).forEach(all::add);
        return all;
    }

    @Override
    public void close(String name) {
        OpenMachine machine;
        synchronized (this) {
            machine = named.remove(name);
        }
        if (machine == null) {
            throw new IommuException(Reason.NOT_FOUND, "no machine named '" + name + "' is open; see machine-list");
        }
        for (Watcher watcher : watchers) {
            watcher.closes(machine);
        }
        machine.close();
    }

    @Override
    public Lease lease(String nameOrOrigin, boolean stopped, Progress progress) {
        OpenMachine open;
        synchronized (this) {
            open = named.get(nameOrOrigin);
        }
        if (open != null) {
            return new Held(open, false, stopped);
        }
        OpenedMachine opened = source(nameOrOrigin).open(nameOrOrigin, progress);
        try {
            return new Held(new OpenMachine(opened.description().name(), nameOrOrigin, opened, backends, wentLive), true, stopped);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private MachineSource source(String origin) {
        Optional<MachineSource> source = sources.stream().filter(s -> s.accepts(origin)).findFirst();
        return source.orElseThrow(() -> new IommuException(Reason.NOT_FOUND, "'" + origin
                + "' is neither an open machine nor a capture folder, memory image or other machine that can be opened; see help machine-open"));
    }

    private synchronized void drop(Backend leaving) {
        named.values().forEach(machine -> machine.drop(leaving));
        leased.forEach(machine -> machine.drop(leaving));
    }

    /** What a lease holds: the machine, and of one that runs a look at it. */
    private final class Held implements Lease {
        private final OpenMachine machine;
        private final boolean own;
        private final boolean stopped;
        /** What is worked with: the machine itself, or a look at it. */
        private OpenMachine current;

        Held(OpenMachine machine, boolean own, boolean stopped) {
            this.machine = machine;
            this.own = own;
            this.stopped = stopped;
            current = look();
        }

        private OpenMachine look() {
            OpenMachine seen = machine.look(stopped, backends);
            leased.add(seen);
            return seen;
        }

        @Override
        public Machine machine() {
            return current;
        }

        @Override
        public Machine renew() {
            drop();
            current = look();
            return current;
        }

        private void drop() {
            if (leased.remove(current) && current != machine) {
                current.close();
            }
        }

        @Override
        public void close() {
            try {
                drop();
            } finally {
                if (own) {
                    machine.close();
                }
            }
        }
    }
}
