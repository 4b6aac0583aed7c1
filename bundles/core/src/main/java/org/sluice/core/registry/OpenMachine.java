// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

import org.sluice.api.Machine;
import org.sluice.api.UnitInfo;
import org.sluice.core.unit.FaultLog;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.UnitContext;

/** A machine with its units' slots. Thread-safe. */
public final class OpenMachine implements Machine {
    private static final long PAGE = 1L << 12;
    /** A look is not driven. */
    private static final Runnable NOBODY = () -> { };

    private final String name;
    private final String origin;
    private final OpenedMachine opened;
    /** Keeps a machine that runs stopped, from {@link #hold} to {@link #release}. */
    private OpenedMachine held;
    private final List<UnitSlot> slots = new ArrayList<>();
    /** Devices that the description knows, also under the bare id that their unit sees. */
    private final Map<DeviceId, DeviceDescription> devices = new HashMap<>();
    private final FaultLog faults = new FaultLog();
    private final ReentrantLock lock = new ReentrantLock();
    private final Notices notices;
    private volatile boolean open = true;
    private final List<Runnable> onClose = new CopyOnWriteArrayList<>();

    OpenMachine(String name, String origin, OpenedMachine opened, BackendRegistry backends, Runnable onLive) {
        this.name = name;
        this.origin = origin;
        this.opened = opened;
        this.notices = new Notices(name, onLive);
        for (UnitDescription unit : opened.description().units()) {
            UnitContext context = new UnitContext(opened.description(), unit, opened.memory(), opened.registers(unit));
            slots.add(new UnitSlot(slots.size(), context, backends, driverMemory(slots.size()), lock, faults, notices));
        }
        for (DeviceDescription device : opened.description().devices()) {
            devices.putIfAbsent(device.device(), device);
            if (device.requesterId() >= 0) {
                devices.putIfAbsent(DeviceId.stream(device.requesterId()), device);
                devices.putIfAbsent(DeviceId.function(device.requesterId()), device);
            }
        }
    }

    /** Each unit's part of what the platform may build tables in, or null if it may not. */
    private AddressRange driverMemory(int unit) {
        AddressRange all = opened.driverMemory();
        if (all == null) {
            return null;
        }
        long part = Long.divideUnsigned(all.size(), opened.description().units().size()) & -PAGE;
        return AddressRange.ofSize(all.start() + unit * part, part);
    }

    /** The machine behind an API object; they are all ours. */
    public static OpenMachine of(Machine machine) {
        return (OpenMachine) machine;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public MachineDescription description() {
        return opened.description();
    }

    @Override
    public MachineDescription snapshot() {
        return description().withUnits(slots.stream().map(UnitSlot::snapshot).toList());
    }

    @Override
    public PhysicalMemory memory() {
        return opened.memory();
    }

    @Override
    public List<UnitInfo> units() {
        return slots.stream().map(UnitSlot::info).toList();
    }

    @Override
    public RegisterPort registers(UnitDescription unit) {
        return slot(unit.name()).context().registers();
    }

    /** Held by whoever changes address spaces, attachments, tables or what serves a unit. DMA and readers do without it. */
    public ReentrantLock lock() {
        return lock;
    }

    /** Where the machine's parts say what has happened. */
    public Notices notices() {
        return notices;
    }

    /** Faults of the units that the platform drives. */
    public FaultLog faults() {
        return faults;
    }

    @Override
    public Runnable onClose(Runnable action) {
        onClose.add(action);
        return () -> onClose.remove(action);
    }

    public List<UnitSlot> slots() {
        return slots;
    }

    /** The unit with that index or name. */
    public UnitSlot slot(String indexOrName) {
        for (UnitSlot slot : slots) {
            if (slot.name().equals(indexOrName) || slot.hasIndex(indexOrName)) {
                return slot;
            }
        }
        throw new IommuException(Reason.UNKNOWN_UNIT, "machine " + name + " has no unit '" + indexOrName + "'; it has "
                + (slots.isEmpty() ? "none" : String.join(", ", slots.stream().map(UnitSlot::name).toList())));
    }

    /**
     * The unit that serves a requester; empty if none does, so that its DMA is not translated.
     *
     * @throws IommuException {@code UNKNOWN_DEVICE} if nothing says which of several units that is
     */
    public Optional<UnitSlot> slotOf(DeviceId device) {
        DeviceDescription known = devices.get(device);
        if (known != null && known.unit() != null) {
            return Optional.of(slot(known.unit()));
        }
        if (known != null && known.unitStated()) {
            return Optional.empty();
        }
        if (slots.size() == 1) {
            return Optional.of(slots.get(0));
        }
        throw new IommuException(Reason.UNKNOWN_DEVICE, slots.isEmpty()
                ? "machine " + name + " has no IOMMU unit that is known: its description names none and no firmware table was found"
                : "device " + device + " is not known to machine " + name + ", and it has several units; see device-list");
    }

    /** The id under which its unit sees a device: the one that is told, else that of its place on the bus. */
    public int requesterId(DeviceId device) {
        return description().device(device).map(DeviceDescription::requesterId).filter(id -> id >= 0).map(Long::intValue)
                .orElseGet(device::requesterId);
    }

    void drop(Backend leaving) {
        slots.forEach(slot -> slot.drop(leaving));
    }

    /** This machine as it is now, to be closed by the caller; itself if it does not run. */
    OpenMachine look(boolean stopped, BackendRegistry backends) {
        return opened.isLive() ? new OpenMachine(name, origin, opened.look(stopped), backends, NOBODY) : this;
    }

    /** Stops it, if it runs, until {@link #release}. */
    synchronized void hold() {
        if (opened.isLive() && held == null) {
            held = opened.look(true);
        }
    }

    synchronized void release() {
        if (held != null) {
            held.close();
            held = null;
        }
    }

    void close() {
        open = false;
        onClose.forEach(action -> ForeignCode.run("an action at the closing of machine " + name, action));
        lock.lock();
        try {
            slots.forEach(UnitSlot::close);
        } finally {
            lock.unlock();
        }
        try {
            release();
        } finally {
            opened.close();
        }
    }
}
