// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.shell.render.Schema;

/** Machines: a line each, or all that is known of one. */
public final class MachineRows {
    /** A fact that only the source understands. */
    private record Fact(String name, String value) {
    }

    private static final Schema<Fact> FACT = Schema.of(Fact.class).text("name", Fact::name).text("value", Fact::value).build();

    public static final Schema<Machine> SCHEMA = summary().text("origin", Machine::origin).build();

    public static final Schema<Machine> DETAILS = summary()
            .text("origin", Machine::origin)
            .rows("ram", RegionRows.RANGE, MachineRows::ram, AddressRange::toString)
            .bytes("presentBytes", m -> total(m.memory().present()))
            .rows("unitList", UnitRows.SCHEMA, Machine::units, UnitRows::summary)
            .number("groups", m -> m.description().groups().size())
            .texts("interruptControllers", m -> m.description().interruptControllers().stream().map(InterruptController::type).toList())
            .texts("firmware", m -> m.description().firmware().stream().map(FirmwareTable::signature).toList())
            .rows("facts", FACT, MachineRows::facts, f -> f.name() + "=" + f.value())
            .build();

    /** Memory of the machine's own, without what the platform's drivers use. */
    private static List<AddressRange> ram(Machine machine) {
        return machine.description().ram().isEmpty() ? machine.memory().ram() : machine.description().ram();
    }

    private MachineRows() {
    }

    private static Schema.Builder<Machine> summary() {
        return Schema.of(Machine.class)
                .text("machine", Machine::name)
                .text("arch", m -> m.description().architecture())
                .number("units", m -> m.description().units().size())
                .number("devices", m -> m.description().devices().size())
                .bytes("ramBytes", m -> total(ram(m)), m -> !ram(m).isEmpty());
    }

    private static long total(List<AddressRange> ranges) {
        return ranges.stream().mapToLong(AddressRange::size).sum();
    }

    /** Plain facts only: a tree is for the backend that understands it. */
    private static List<Fact> facts(Machine machine) {
        var extra = machine.description().extra();
        return extra.keys().stream().sorted().flatMap(key -> {
            try {
                Optional<String> text = extra.text(key);
                return text.map(t -> new Fact(key, t)).stream();
            } catch (IommuException notText) {
                return Stream.empty();
            }
        }).toList();
    }
}
