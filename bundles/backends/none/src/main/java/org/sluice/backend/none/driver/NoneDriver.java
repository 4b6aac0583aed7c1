// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.driver;

import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.MessageRouting;
import org.sluice.api.FaultRecord;
import org.sluice.backend.none.layout.None;
import org.sluice.backend.none.lookup.FaultDecoder;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/** Lets requesters through or not; it has no tables to give. Callers serialise. */
public final class NoneDriver implements UnitDriver {
    private final UnitContext context;
    private final PhysicalMemory memory;
    private final RegisterPort registers;
    private final AddressRange tables;

    public NoneDriver(UnitContext context, AddressRange tables) {
        this.context = context;
        this.memory = context.memory();
        this.registers = context.registers();
        this.tables = tables;
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(0, new AddressRange(0, -1L), Long.SIZE, Set.of(), 0,
                new MessageRouting(MessageRouting.Route.TRANSLATED, null, false), Set.of(Capabilities.Feature.PASS_THROUGH));
    }

    @Override
    public void start() {
        long base = base();
        for (long at = base; at < base + None.PERMIT_BYTES; at += Long.BYTES) {
            memory.writeLong(at, 0);
        }
        registers.write64(None.PERMIT_BASE.offset(), base);
        registers.write64(None.CONTROL.offset(), None.ON.put(1));
    }

    @Override
    public void stop() {
        registers.write64(None.CONTROL.offset(), 0);
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        throw new IommuException(Reason.UNSUPPORTED, "unit " + context.unit().name()
                + " does not translate: it passes requesters through or blocks them");
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable table) {
        throw new IommuException(Reason.UNSUPPORTED, "unit " + context.unit().name() + " does not translate: it has no tables to attach "
                + device + " to");
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        permit(device, true);
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        permit(device, false);
    }

    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        // The unit caches nothing.
    }

    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        long fault = registers.read64(None.FAULT.offset());
        if (None.FAULT_VALID.get(fault) != 0) {
            out.accept(FaultDecoder.decode(context.unit().name(), fault, registers.read64(None.FAULT_ADDRESS.offset())));
            registers.write64(None.FAULT.offset(), None.FAULT_VALID.put(1));
        }
    }

    private void permit(DeviceId device, boolean passes) {
        if (!device.isPci()) {
            throw new IommuException(Reason.UNSUPPORTED, device + " has no requester id: name a PCI function");
        }
        long address = base() + (long) (device.requesterId() / Long.SIZE) * Long.BYTES;
        long bit = 1L << device.requesterId() % Long.SIZE;
        long word = memory.readLong(address);
        memory.writeLong(address, passes ? word | bit : word & ~bit);
    }

    /** The permit table: the first page boundary in the memory given. */
    private long base() {
        long base = tables.start() + 0xfff & ~0xfffL;
        if (!tables.contains(AddressRange.ofSize(base, None.PERMIT_BYTES))) {
            throw new IommuException(Reason.LIMIT, "the permit table needs " + None.PERMIT_BYTES + " bytes in " + tables, tables, null);
        }
        return base;
    }
}
