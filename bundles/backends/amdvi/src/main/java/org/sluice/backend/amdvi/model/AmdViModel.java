// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.lookup.ConfigurationLookup;
import org.sluice.backend.amdvi.lookup.DmaWalker;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.InterruptFinding;
import org.sluice.backend.amdvi.lookup.InterruptLookup;
import org.sluice.backend.amdvi.lookup.OutputMessage;
import org.sluice.backend.amdvi.lookup.UnitFirmware;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates with the registers as they were when the model was made. Device table entries and GCR3 roots are cached as the
 * architecture allows and live until {@link #invalidateDevices}; page tables and interrupt entries are read each time. What cannot be
 * answered is refused, never let through. Thread-safe.
 */
public final class AmdViModel implements UnitModel {
    /** Code of a request that is aborted without event. */
    public static final int ABORTED = 0;

    private final RegisterPort registers;
    private final PerThread<Engine> engines;
    private final ConfigurationCache<Finding> configurations;
    /** What happens to every request, or null if the tables decide. */
    private final Finding gate;
    private volatile InterruptSink sink = (address, data) -> { };

    /** What one thread works with. */
    private record Engine(ConfigurationLookup lookup, DmaWalker walker, InterruptLookup interrupts) {
        static Engine of(PhysicalMemory memory, UnitState state) {
            ConfigurationLookup lookup = new ConfigurationLookup(memory, state);
            return new Engine(lookup, new DmaWalker(memory), new InterruptLookup(memory, lookup));
        }
    }

    public AmdViModel(UnitContext unit) {
        PhysicalMemory memory = unit.memory();
        registers = unit.registers();
        UnitState state = UnitState.read(registers, UnitFirmware.of(unit.machine(), unit.unit()).features());
        engines = new PerThread<>(() -> Engine.of(memory, state));
        configurations = new ConfigurationCache<>((deviceId, pasid) -> engines.get().lookup.find(deviceId & 0xffff, pasid));
        gate = new ConfigurationLookup(memory, state).gate();
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        if (gate != null) {
            return gate instanceof PassThrough ? PASS_THROUGH : -1L - ABORTED;
        }
        if (permission == Permissions.WRITE && AmdVi.INTERRUPT_WINDOW.contains(iova)) {
            return -1L - ABORTED;
        }
        Engine engine = engines.get();
        Finding finding = configurations.find(requester, pasid);
        if (finding.excluded() != null && finding.excluded().contains(iova)) {
            return PASS_THROUGH;
        }
        if (finding instanceof Translated context) {
            long answer = engine.walker.walk(context, iova, permission);
            return answer >= 0 ? answer : refused(engine.walker.event());
        }
        if (finding instanceof PassThrough pass) {
            return (pass.granted() & permission) != 0 ? PASS_THROUGH : refused(Event.NOT_PERMITTED);
        }
        return finding instanceof Blocked blocked ? refused(blocked.event()) : -1L - ABORTED;
    }

    private static long refused(Event event) {
        return -1L - Math.max(ABORTED, event.code());
    }

    @Override
    public boolean interrupt(int requester, long address, int data) {
        if (!AmdVi.INTERRUPT_WINDOW.contains(address)) {
            return false;
        }
        InterruptFinding found = engines.get().interrupts.find(requester & 0xffff, data & 0xffff_ffffL);
        if (found instanceof InterruptFinding.Remapped remapped) {
            sink.message(OutputMessage.address(remapped), OutputMessage.data(remapped));
        } else if (found instanceof InterruptFinding.Passed) {
            sink.message(address, data);
        }
        return true;
    }

    @Override
    public void setInterruptSink(InterruptSink newSink) {
        sink = newSink;
    }

    /** Forgets all device table entries and guest table roots (INVALIDATE_DEVTAB_ENTRY for every device). */
    public void invalidateDevices() {
        configurations.invalidate();
    }
}
