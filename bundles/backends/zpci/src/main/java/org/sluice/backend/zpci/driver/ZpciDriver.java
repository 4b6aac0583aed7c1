// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.driver.CallRequests.Listed;
import org.sluice.backend.zpci.driver.EventReader.Event;
import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.ChannelBlocks;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registered;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives the functions of a unit: finds and enables them through Call Logical Processor, registers anchors of tables that it writes, and
 * refreshes what it changes. A function without a table is enabled with nothing registered, so that its DMA is an error event. A fault
 * stops a function until {@link #drainFaults} has taken the event, and sets it going again. Callers serialise.
 */
public final class ZpciDriver implements UnitDriver {
    private static final int PAGE_SHIFT = KnownFunctions.PAGE_SHIFT;
    private static final long PAGE_MASK = (1L << PAGE_SHIFT) - 1;
    private static final int BLOCK_SHIFT = 10;
    /** A unit that never runs out of events is not drained for ever. */
    private static final int MOST_EVENTS = 1 << 16;

    private final UnitContext unit;
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final Instructions instructions;
    private final CallRequests calls;
    private final EventReader events;
    private final FunctionOperations operations;
    private final AdapterInterrupts interrupts;
    private final KnownFunctions known;
    private final ZpciFunctions described;
    private boolean started;

    public ZpciDriver(UnitContext unit, AddressRange tables) {
        this.unit = unit;
        memory = unit.memory();
        pages = new PageAllocator(memory, tables);
        Storage storage = new Storage(memory);
        String name = unit.unit().name();
        instructions = new Instructions(unit.registers(), name);
        calls = new CallRequests(instructions, storage, block(PAGE_SHIFT), name);
        events = new EventReader(instructions, storage, block(PAGE_SHIFT), name);
        operations = new FunctionOperations(instructions, calls, storage, block(BLOCK_SHIFT));
        interrupts = new AdapterInterrupts(this::running, operations, memory, pages);
        known = new KnownFunctions(name, instructions, calls);
        described = new ZpciFunctions(unit);
    }

    private long block(int shift) {
        long block = pages.allocate(shift);
        if (block == PageAllocator.NONE) {
            throw new IommuException(Reason.LIMIT, "no page is left for the blocks of instructions");
        }
        return block;
    }

    /** What all functions can do. */
    @Override
    public Capabilities capabilities() {
        return known.capabilities();
    }

    /** Whatever functions did before ends with their being disabled. */
    @Override
    public void start() {
        known.find();
        interrupts.forget();
        for (DrivenFunction f : known.all()) {
            long disabled = calls.set(f.handle, CallBlocks.DISABLE);
            f.handle = disabled == CallRequests.PERMANENT_ERROR ? disabled : calls.set(disabled, CallBlocks.ENABLE);
            if (f.handle == CallRequests.PERMANENT_ERROR) {
                known.remove(f);
            }
        }
        started = true;
    }

    /** Disabled functions have nothing registered and do no DMA. */
    @Override
    public void stop() {
        instructions.identify();
        for (Listed listed : calls.list()) {
            if (listed.configured()) {
                calls.set(listed.handle(), CallBlocks.DISABLE);
            }
        }
        known.forget();
        interrupts.forget();
        started = false;
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        AddressRange aperture = known.aperture();
        int width = Long.SIZE - Long.numberOfLeadingZeros(aperture.last());
        if (spec.inputBits() > width) {
            throw new IommuException(Reason.UNSUPPORTED, "functions of unit " + unit.unit().name() + " have " + width + " bits of DMA address, not " + spec.inputBits());
        }
        long sizes = spec.pageSizes() & known.pageSizes();
        if ((sizes & 1L << PAGE_SHIFT) == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "tables need pages of 4 KiB");
        }
        int type = known.narrowest(Math.max(spec.inputBits(), Long.SIZE - Long.numberOfLeadingZeros(aperture.start())));
        RadixFormat format = ZpciFormats.of(type);
        RadixEditor editor = RadixEditor.create(memory, pages, format, sizes);
        if (editor == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new ZpciTable(this, spec.domain(), memory, format, editor, aperture.intersection(new AddressRange(0, KnownFunctions.lastOf(format))), type);
    }

    private DrivenFunction running(DeviceId device) {
        if (!started) {
            throw new IommuException(Reason.IO, "the unit is not started");
        }
        long id = described.of(device).map(f -> f.functionId()).orElseGet(
                () -> described.described(device).map(DeviceDescription::requesterId).orElse(-1L));
        DrivenFunction f = id < 0 ? null : known.of((int) id);
        if (f == null) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is no function that unit " + unit.unit().name() + " lists as configured");
        }
        return f;
    }

    private DrivenFunction running(DeviceId device, int pasid) {
        if (pasid != TranslationRequest.NO_PASID) {
            throw new IommuException(Reason.UNSUPPORTED, "zPCI has no PASIDs: only DMA address space 0 exists");
        }
        return running(device);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable table) {
        DrivenFunction f = running(device, pasid);
        if (!(table instanceof ZpciTable own) || !own.belongsTo(this)) {
            throw new IllegalArgumentException("the table is not of this driver");
        }
        long last = Long.compareUnsigned(f.last, own.last()) < 0 ? f.last : own.last();
        replace(f, own, new Registered(own.anchor(), f.first, last));
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        DrivenFunction f = running(device);
        if (!f.group.relaxed()) {
            throw new IommuException(Reason.UNSUPPORTED, "the function group of " + device + " does not allow DMA without translation");
        }
        replace(f, null, new Registered(0, f.first, f.last));
    }

    private void replace(DrivenFunction f, ZpciTable table, Registered registered) {
        ZpciTable before = f.table;
        Registered old = f.wanted;
        try {
            place(f, table, registered);
        } catch (IommuException e) {
            if (f.wanted != old) {
                restore(f, before, old);
            }
            throw e;
        }
    }

    private void place(DrivenFunction f, ZpciTable table, Registered registered) {
        operations.register(f, registered);
        f.want(table, registered);
        if (table != null && f.group.refresh()) {
            operations.refresh(f, registered.first(), registered.last());
        }
    }

    private void restore(DrivenFunction f, ZpciTable before, Registered old) {
        if (old == null) {
            operations.unregister(f);
            f.want(null, null);
        } else {
            place(f, before, old);
        }
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        DrivenFunction f = running(device, pasid);
        operations.unregister(f);
        f.want(null, null);
    }

    /** Each function that uses the table has its own translations of it. */
    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        if (!started) {
            throw new IommuException(Reason.IO, "the unit is not started");
        }
        boolean unmapped = ((ZpciTable) table).takeUnmapped();
        for (DrivenFunction f : known.inOrder()) {
            if (f.table == table) {
                refresh(f, iova & ~PAGE_MASK, last | PAGE_MASK, unmapped);
            }
        }
    }

    /** As far as the function may use the range. */
    private void refresh(DrivenFunction f, long start, long last, boolean unmapped) {
        long from = Long.compareUnsigned(start, f.wanted.first()) > 0 ? start : f.wanted.first();
        long to = Long.compareUnsigned(last, f.wanted.last()) < 0 ? last : f.wanted.last();
        if (Long.compareUnsigned(from, to) <= 0) {
            operations.refreshRange(f, from, to, unmapped);
        }
    }

    @Override
    public long memoryInUse() {
        return pages.inUse();
    }

    @Override
    public Optional<InterruptDriver> interrupts() {
        return Optional.of(interrupts);
    }

    /** Functions that had an event go on as before when this returns, unless an exception says which could not. */
    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        Set<DrivenFunction> concerned = new LinkedHashSet<>();
        int index = 0;
        for (int taken = 0; taken < MOST_EVENTS; taken++) {
            Event event = events.next();
            if (event == null) {
                break;
            }
            if (event.content() == ChannelBlocks.ERROR) {
                out.accept(record(index++, event.words()));
            }
            DrivenFunction f = started ? known.of((int) EventBlock.FUNCTION.get(event.words()[1])) : null;
            if (f != null) {
                concerned.add(f);
            }
        }
        concerned.forEach(operations::recover);
    }

    private FaultRecord record(int index, long[] words) {
        int code = (int) EventBlock.CODE.get(words[3]);
        Fault fault = EventCodes.of(code).orElseGet(() -> EventCodes.unlisted(code));
        long id = EventBlock.FUNCTION.get(words[1]);
        DeviceId device = unit.machine().devices().stream().filter(d -> d.requesterId() == id).map(DeviceDescription::device).findFirst()
                .or(() -> described.of(DeviceId.function(id)).map(f -> f.device())).orElseGet(() -> DeviceId.function(id));
        long address = EventBlock.QUALIFIER.get(words[1]) != 0 ? words[2] : 0;
        return new FaultRecord(unit.unit().name(), index, device, TranslationRequest.NO_PASID, address,
                EventBlock.WRITE.get(words[1]) != 0 ? "w" : "r", fault, fault.name() + " " + device + " at " + Hex.of(address));
    }

    /** What refreshes were needed so far. */
    public RefreshCounts refreshes() {
        return operations.counts();
    }
}
