// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import org.apache.karaf.shell.api.action.lifecycle.Manager;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Registry;
import org.sluice.shell.completer.BackendCompleter;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.FileOrInputCompleter;
import org.sluice.shell.completer.LayoutCompleter;
import org.sluice.shell.completer.MachineCompleter;
import org.sluice.shell.completer.OpenMachineCompleter;
import org.sluice.shell.completer.OriginCompleter;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.completer.StructureCompleter;
import org.sluice.shell.completer.UnitCompleter;

/**
 * Our commands and completers in Karaf's shell. Karaf makes them as it makes those of any bundle, and what it registers passes here, where
 * each command is put into a wrapper ({@link AnyOrder}).
 */
final class Registration implements Registry {
    static final List<Class<?>> COMPLETERS = List.of(BackendCompleter.class, DeviceCompleter.class, FileOrInputCompleter.class,
            LayoutCompleter.class, MachineCompleter.class, OpenMachineCompleter.class, OriginCompleter.class, SpaceCompleter.class,
            StructureCompleter.class, UnitCompleter.class);

    private final Registry shell;
    private final List<Object> services;
    private final Map<Object, Command> wrapped = new IdentityHashMap<>();
    private final List<Class<?>> registered = new ArrayList<>();
    private final Manager manager;

    /** @param services what commands and completers refer to */
    Registration(Registry shell, List<?> services) {
        this.shell = shell;
        this.services = List.copyOf(services);
        this.manager = managerLike(shell.getService(Manager.class));
    }

    /** Karaf exports the interface, and the class only through the shell's own instance. */
    private Manager managerLike(Manager karafs) {
        try {
            return karafs.getClass().getConstructor(Registry.class, Registry.class).newInstance(this, this);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Karaf makes commands in another way than 4.4 does", e);
        }
    }

    void add(List<? extends Class<?>> types) {
        for (Class<?> type : types) {
            manager.register(type);
            registered.add(type);
        }
    }

    void close() {
        registered.forEach(manager::unregister);
        registered.clear();
    }

    @Override
    public void register(Object service) {
        shell.register(service instanceof Command command ? wrapped.computeIfAbsent(service, s -> new AnyOrder(command)) : service);
    }

    @Override
    public void unregister(Object service) {
        Command wrapper = wrapped.remove(service);
        shell.unregister(wrapper == null ? service : wrapper);
    }

    @Override
    public <T> void register(Callable<T> factory, Class<T> type) {
        shell.register(factory, type);
    }

    @Override
    public List<Command> getCommands() {
        return shell.getCommands();
    }

    @Override
    public Command getCommand(String scope, String name) {
        return shell.getCommand(scope, name);
    }

    @Override
    public <T> T getService(Class<T> type) {
        return services.stream().filter(type::isInstance).map(type::cast).findFirst().orElseGet(() -> shell.getService(type));
    }

    @Override
    public <T> List<T> getServices(Class<T> type) {
        List<T> found = new ArrayList<>(shell.getServices(type));
        services.stream().filter(type::isInstance).map(type::cast).forEach(found::add);
        return found;
    }

    @Override
    public boolean hasService(Class<?> type) {
        return services.stream().anyMatch(type::isInstance) || shell.hasService(type);
    }
}
