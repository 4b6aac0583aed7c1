// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.Account;
import org.sluice.api.space.AccountSource;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.VfioService;
import org.sluice.vfio.device.DeviceModel;
import org.sluice.vfio.device.VfioDevice;
import org.sluice.vfio.iommufd.DeviceOwners;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.PinSource;
import org.sluice.vfio.type1.Type1Container;

/** The service: one set of device owners for each machine, and the contexts that are open on it. */
@Component(service = {VfioService.class, AccountSource.class})
public final class VfioFrontEnd implements VfioService, AccountSource {
    private final SpaceService spaces;
    private final DmaService dma;
    private final InterruptService interrupts;
    private final Map<Machine, Users> machines = new HashMap<>();

    @Activate
    public VfioFrontEnd(@Reference SpaceService spaces, @Reference DmaService dma, @Reference InterruptService interrupts) {
        this.spaces = spaces;
        this.dma = dma;
        this.interrupts = interrupts;
    }

    private static final class Users {
        /** Ends that the machine's closing is waited for. */
        final Runnable left;
        final DeviceOwners owners = new DeviceOwners();
        final AtomicInteger names = new AtomicInteger();
        final List<IommufdContext> contexts = new CopyOnWriteArrayList<>();

        Users(Runnable left) {
            this.left = left;
        }

        void close() {
            left.run();
            contexts.forEach(IommufdContext::close);
        }
    }

    @Override
    public IommufdContext open(Machine machine) {
        Users users = users(machine);
        IommufdContext context = new IommufdContext(new SpacePort(spaces, machine, users.names), users.owners);
        users.contexts.removeIf(IommufdContext::isClosed);
        users.contexts.add(context);
        return context;
    }

    @Override
    public Type1Container openContainer(Machine machine) {
        return new Type1Container(open(machine));
    }

    @Override
    public VfioDevice openDevice(IommufdContext context, Machine machine, DeviceId device, DeviceModel model, boolean allowUnisolated) {
        boolean allowed = allowUnisolated || interrupts.unisolated(machine).contains(device);
        return new VfioDevice(context, context.devices().bind(device, allowed), device, model, new MachineWays(machine, dma, interrupts, allowed));
    }

    @Override
    public List<IommufdContext> contexts(Machine machine) {
        List<IommufdContext> contexts = users(machine).contexts;
        contexts.removeIf(IommufdContext::isClosed);
        return List.copyOf(contexts);
    }

    @Override
    public List<Account> accounts(Machine machine) {
        Set<MemoryAccount> all = new LinkedHashSet<>();
        for (IommufdContext context : contexts(machine)) {
            try {
                all.addAll(context.accounts());
            } catch (VfioException e) {
                if (!context.isClosed()) {
                    throw e;
                } // Somebody closed it in between: its accounts are gone with it.
            }
        }
        return all.stream().map(a -> new Account("vfio", a.toString(), a.used() * PinSource.PAGE,
                a.limit() > Long.MAX_VALUE / PinSource.PAGE ? Account.UNLIMITED : a.limit() * PinSource.PAGE, -1, -1)).toList();
    }

    /** Whoever still has a context loses it, as with a machine that is closed: nobody can serve it any more, so its devices are blocked. */
    @Deactivate
    public void close() {
        List<Users> all;
        synchronized (machines) {
            all = List.copyOf(machines.values());
            machines.clear();
        }
        all.forEach(Users::close);
    }

    private Users users(Machine machine) {
        synchronized (machines) {
            return machines.computeIfAbsent(machine, m -> new Users(m.onClose(() -> closed(m))));
        }
    }

    private void closed(Machine machine) {
        Users users;
        synchronized (machines) {
            users = machines.remove(machine);
        }
        if (users != null) {
            users.close();
        }
    }
}
