// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.unit;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import org.sluice.api.Capabilities;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.DomainTable;
import org.sluice.spi.Inspector;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/**
 * A unit that a backend models and drives: hardware that nobody has touched, and the driver that programmed it. The two meet in memory
 * and registers only. The model is safe from many threads; for the driver and all tables the machine's lock must be held.
 */
public final class LiveUnit {
    /** A driver may take out a queue's worth at a time; a device that faults without end must not hold the drainer. */
    private static final int MOST_DRAINS = 64;

    private final Backend backend;
    private final UnitContext context;
    private final UnitModel model;
    private final UnitDriver driver;
    private final Capabilities capabilities;
    private final NestingDriver nesting;
    private final Capabilities parents;
    private final AddressRange tables;
    private final List<ReservedRange> reservedRanges;
    private final BitSet domains = new BitSet();
    private final AtomicBoolean broken = new AtomicBoolean();

    private LiveUnit(Backend backend, UnitContext context, UnitModel model, UnitDriver driver, AddressRange tables) {
        this.backend = backend;
        this.context = context;
        this.model = model;
        this.driver = driver;
        this.capabilities = driver.capabilities();
        this.nesting = driver.nesting().orElse(null);
        this.parents = nesting == null ? capabilities : nesting.parents();
        this.tables = tables;
        // Asked for while the unit maps nothing yet: some models give their inspector a copy of all they map.
        this.reservedRanges = inspector().map(Inspector::reservedRanges).orElse(List.of());
    }

    /**
     * Powers a unit on and starts it with every requester blocked.
     *
     * @param name the unit's name
     * @param tables memory for its tables, used by nobody else
     * @throws IommuException {@code UNSUPPORTED} if the backend lacks a half, or as its driver says
     */
    public static LiveUnit start(Backend backend, String name, MachineDescription machine, PhysicalMemory memory, AddressRange tables) {
        Backend.PowerOn fresh = need(backend.powerOn(machine), backend, "units that can be made up");
        UnitDescription unit = new UnitDescription(name, fresh.unit().type(), fresh.unit().registerBase(), fresh.unit().attributes());
        UnitModel model = need(backend.model(new UnitContext(machine, unit, memory, new RegisterImage(name, fresh.registers()))), backend, "a model half");
        UnitContext context = new UnitContext(machine, unit, memory, model.registers());
        UnitDriver driver = need(backend.driver(context, tables), backend, "a driver half");
        driver.start();
        return new LiveUnit(backend, context, model, driver, tables);
    }

    private static <T> T need(Optional<T> half, Backend backend, String what) {
        return half.orElseThrow(() -> new IommuException(Reason.UNSUPPORTED, "backend " + backend.info().name() + " has no " + what
                + ": it can only read units; see backend-list"));
    }

    public Backend backend() {
        return backend;
    }

    public String backendName() {
        return backend.info().name();
    }

    /** The unit with its live registers. */
    public UnitContext context() {
        return context;
    }

    /** The unit with state that only the hardware has, as it is now. */
    public UnitDescription snapshot() {
        UnitDescription unit = context.unit();
        return new UnitDescription(unit.name(), unit.type(), unit.registerBase(), unit.attributes().with(model.state()));
    }

    public UnitModel model() {
        return model;
    }

    public UnitDriver driver() {
        return driver;
    }

    public Capabilities capabilities() {
        return capabilities;
    }

    /** How tables of others are laid over the unit's; null if it cannot. */
    public NestingDriver nesting() {
        return nesting;
    }

    /** @param parent whether for tables that others are laid over; as for all if the unit has none */
    public Capabilities capabilities(boolean parent) {
        return parent ? parents : capabilities;
    }

    /** Where its tables are. */
    public AddressRange tables() {
        return tables;
    }

    /** Reads the unit as it is now; empty if the backend has no inspector. */
    public Optional<Inspector> inspector() {
        Optional<Inspector> ofModel = model.inspector();
        return ofModel.isPresent() ? ofModel : backend.inspector(context);
    }

    /** Input ranges that the architecture takes away; the same as long as the unit lives. */
    public List<ReservedRange> reservedRanges() {
        return reservedRanges;
    }

    /** Notes that the unit broke; whether this was the first time. */
    public boolean breaks() {
        return broken.compareAndSet(false, true);
    }

    /**
     * An empty table over everything the unit can cover; its domain id is free again after {@link #release}.
     *
     * @param parent for tables of others to be laid over it; {@code UNSUPPORTED} if the unit cannot
     */
    public DomainTable createTable(boolean parent) {
        if (parent && nesting == null) {
            throw new IommuException(Reason.UNSUPPORTED, title() + " has no tables that could be parents");
        }
        Capabilities most = capabilities(parent);
        int domain = domains.nextClearBit(1);
        int bits = Long.SIZE - Long.numberOfLeadingZeros(most.aperture().last());
        UnitDriver.DomainSpec spec = new UnitDriver.DomainSpec(domain, bits, most.pageSizes());
        DomainTable table = parent ? nesting.createParent(spec) : driver.createTable(spec);
        domains.set(domain);
        return table;
    }

    /** For people: which unit, and whose. */
    public String title() {
        return "unit " + context.unit().name() + " (" + backendName() + ")";
    }

    /** Frees a table that is attached to nothing. */
    public void release(DomainTable table) {
        table.release();
        domains.clear(table.domain());
    }

    /** Moves all faults that the unit has recorded into {@code log}; those that come meanwhile may stay for the next time. */
    public void drainFaults(FaultLog log) {
        for (int rounds = 0; rounds < MOST_DRAINS; rounds++) {
            long before = log.next();
            driver.drainFaults(log::add);
            if (log.next() == before) {
                return;
            }
        }
    }
}
