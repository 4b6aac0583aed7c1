// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import org.sluice.api.Capabilities;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.DomainTable;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** A machine with one unit: a backend's driver and model, which meet in its memory and registers only. Not thread-safe. */
public final class BackendRig {
    /** The answer of an access that does not go out. */
    static final long BLOCKED = -1;

    final UnitModel model;
    final UnitDriver driver;
    final Capabilities capabilities;
    final List<AddressRange> reserved;
    private final List<DeviceDescription> devices;
    private final Supplier<Optional<Inspector>> inspectors;
    private final PromptDriver prompt;

    /**
     * @param machine its first unit is the one to be tested, its first two devices are behind it, with their requester ids
     * @param tables writable memory for the driver
     */
    public BackendRig(Backend backend, MachineDescription machine, PhysicalMemory memory, AddressRange tables) {
        this(backend, machine, memory, tables, Map.of());
    }

    /** @param reset registers of the unit as after reset, by offset: what a backend wants to know before it models from there */
    public BackendRig(Backend backend, MachineDescription machine, PhysicalMemory memory, AddressRange tables, Map<Integer, Integer> reset) {
        this(backend, machine, memory, tables, reset, false);
    }

    /** A rig for a unit that stops a requester at its first fault: each is drained at once, so that the next access is judged for itself. */
    public static BackendRig stoppingAtFaults(Backend backend, MachineDescription machine, PhysicalMemory memory, AddressRange tables) {
        return new BackendRig(backend, machine, memory, tables, Map.of(), true);
    }

    private BackendRig(Backend backend, MachineDescription machine, PhysicalMemory memory, AddressRange tables, Map<Integer, Integer> reset,
            boolean stopping) {
        UnitDescription unit = machine.units().get(0);
        UnitContext blank = new UnitContext(machine, unit, memory, new RegisterImage(unit.name(), reset));
        model = backend.model(blank).orElseThrow();
        UnitContext live = new UnitContext(machine, unit, memory, model.registers());
        UnitDriver plain = backend.driver(live, tables).orElseThrow();
        prompt = stopping ? new PromptDriver(plain) : null;
        driver = stopping ? prompt : plain;
        capabilities = driver.capabilities();
        devices = machine.devices();
        inspectors = () -> model.inspector().or(() -> backend.inspector(live));
        reserved = inspectors.get().map(Inspector::reservedRanges).orElse(List.of()).stream().map(ReservedRange::range).toList();
    }

    DeviceDescription device(int index) {
        return devices.get(index);
    }

    DomainTable table(int domain) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(capabilities.aperture().last());
        return driver.createTable(new DomainSpec(domain, bits, capabilities.pageSizes()));
    }

    void attach(int device, DomainTable table) {
        driver.attach(devices.get(device).device(), TranslationRequest.NO_PASID, table);
    }

    void detach(int device) {
        driver.detach(devices.get(device).device(), TranslationRequest.NO_PASID);
    }

    /** Maps, and does the caller's step after it. */
    DomainTable.Outcome map(DomainTable table, long iova, long output, long size, int permissions) {
        DomainTable.Outcome outcome = table.map(iova, output, size, permissions);
        driver.invalidate(table, iova, iova + (size - 1));
        return outcome;
    }

    long unmap(DomainTable table, long iova, long size) {
        long bytes = table.unmap(iova, size);
        driver.invalidate(table, iova, iova + (size - 1));
        return bytes;
    }

    /** Where an access of a device goes, or {@link #BLOCKED}. */
    long translate(int device, long iova, int permission) {
        if (prompt == null) {
            return judge(device, iova, permission);
        }
        // Nobody else may find the requester stopped.
        synchronized (prompt) {
            long answer = judge(device, iova, permission);
            if (answer == BLOCKED) {
                prompt.takeFaults();
            }
            return answer;
        }
    }

    private long judge(int device, long iova, int permission) {
        long answer = model.translate((int) devices.get(device).requesterId(), TranslationRequest.NO_PASID, iova, permission);
        return answer == UnitModel.PASS_THROUGH ? iova : Math.max(answer, BLOCKED);
    }

    /** As {@link #translate(int, long, int)}, of a request with PASID. */
    long translate(int device, int pasid, long iova, int permission) {
        long answer = model.translate((int) devices.get(device).requesterId(), pasid, iova, permission);
        return answer == UnitModel.PASS_THROUGH ? iova : Math.max(answer, BLOCKED);
    }

    /** Whether an access passes the unit untouched. */
    boolean passes(int device, long iova, int permission) {
        return model.translate((int) devices.get(device).requesterId(), TranslationRequest.NO_PASID, iova, permission) == UnitModel.PASS_THROUGH;
    }

    /** One that has seen nothing yet, over the unit's registers and memory as they are, and what only the model knows. */
    Inspector inspector() {
        return inspectors.get().orElseThrow();
    }

    /** Page sizes of the unit within its aperture, in bytes, ascending. */
    List<Long> pageSizes() {
        List<Long> sizes = new ArrayList<>();
        long room = capabilities.aperture().last() - capabilities.aperture().start();
        for (int shift = 0; shift < Long.SIZE - 1; shift++) {
            if ((capabilities.pageSizes() >>> shift & 1) != 0 && Long.compareUnsigned((1L << shift) - 1, room) <= 0) {
                sizes.add(1L << shift);
            }
        }
        return sizes;
    }

    long granule() {
        return pageSizes().get(0);
    }

    /** Whether nothing but the driver decides about these addresses. */
    boolean isFree(long iova, long size) {
        long last = iova + (size - 1);
        AddressRange aperture = capabilities.aperture();
        return Long.compareUnsigned(iova, last) < 0 && aperture.contains(iova) && aperture.contains(last)
                && reserved.stream().noneMatch(r -> r.overlaps(new AddressRange(iova, last)));
    }

    /** An output address of that size that every unit here can express. */
    long output(long number, long size) {
        long mask = (1L << Math.min(capabilities.outputBits(), 52) - 1) - 1;
        return number * 0x9e37_79b9_7f4aL & mask & -size;
    }
}
