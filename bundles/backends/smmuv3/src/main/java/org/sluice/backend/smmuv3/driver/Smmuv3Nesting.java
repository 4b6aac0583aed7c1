// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.List;
import java.util.function.Function;

import org.sluice.api.Capabilities;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DomainTable;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver.DomainSpec;

/**
 * Stage 1 of users over stage 2 of the driver's domains (section 3.4.3). A user's translations carry the parent's VMID and ASIDs of the user's
 * choice; so commands of a user are given the VMID, and reach no other's. Not thread-safe.
 */
final class Smmuv3Nesting implements NestingDriver {
    private final UnitState unit;
    private final Streams ids;
    private final CommandWriter commands;
    private final Capabilities parents;
    private final Function<DomainSpec, DomainTable> maker;
    private final Attacher attacher;

    /** Writes stream table entries. */
    @FunctionalInterface
    interface Attacher {
        void attach(DeviceId device, int pasid, Smmuv3Domain parent, UserStage stage);
    }

    Smmuv3Nesting(UnitState unit, Streams ids, CommandWriter commands, Capabilities parents,
            Function<DomainSpec, DomainTable> maker, Attacher attacher) {
        this.unit = unit;
        this.ids = ids;
        this.commands = commands;
        this.parents = parents;
        this.maker = maker;
        this.attacher = attacher;
    }

    @Override
    public List<UserFormat> tables() {
        return List.of(UserStage.FORMAT);
    }

    @Override
    public Capabilities parents() {
        return parents;
    }

    @Override
    public DomainTable createParent(DomainSpec spec) {
        return maker.apply(spec);
    }

    @Override
    public void check(UserTable table) {
        UserStage.of(table, unit);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable parent, UserTable table) {
        attacher.attach(device, pasid, (Smmuv3Domain) parent, UserStage.of(table, unit));
    }

    /** Sections 4.3 and 4.4: what a user may say of its own translations and context descriptors; all other commands are the host's. */
    @Override
    public UserEntries.Outcome invalidate(DomainTable parent, UserTable table, UserEntries entries) {
        UserEntries.Outcome outcome = entries.inOrder(UserEntries.SMMUV3, "commands of SMMUv3", in -> {
            String wrong = command(parent, entries, in.getLong(), in.getLong());
            return wrong == null ? null : Refusal.of(Rule.INVALID, null, wrong);
        });
        if (parent != null && outcome.done() > 0) {
            commands.complete();
        }
        return outcome;
    }

    /** Puts a command of a user into the queue as the host would give it; why not, or null. */
    private String command(DomainTable parent, UserEntries entries, long low, long high) {
        Command command = Command.of(low);
        if (command == null) {
            return "there is no command 0x" + Long.toHexString(Command.OPCODE.get(low));
        }
        long vmid = Command.VMID.put(parent == null ? 0 : parent.domain());
        long asid = low & Command.ASID.put(-1);
        long range = low & (Command.NUM.put(-1) | Command.SCALE.put(-1));
        long where = high & (Command.LEAF.put(-1) | Command.GRANULE.put(-1) | Command.ADDRESS.address(-1L));
        switch (command) {
            case TLBI_NSNH_ALL, TLBI_NH_ALL -> put(parent, Command.TLBI_NH_ALL.opcode() | vmid, 0);
            case TLBI_NH_ASID -> put(parent, command.opcode() | vmid | asid, 0);
            case TLBI_NH_VA -> put(parent, command.opcode() | vmid | asid | range, where);
            case TLBI_NH_VAA -> put(parent, command.opcode() | vmid | range, where);
            case CFGI_CD, CFGI_CD_ALL, ATC_INV -> {
                return ofDevice(parent, command, entries, low, high);
            }
            default -> {
                return command + " is not a user's command";
            }
        }
        return null;
    }

    /** No device caches translations, since no entry of a user lets it: to make it forget some there is nothing to do. */
    private String ofDevice(DomainTable parent, Command command, UserEntries entries, long low, long high) {
        DeviceId device = entries.devices() == null ? null : entries.devices().apply(Command.SID.get(low));
        long stream = device == null ? -1 : ids.streamId(device);
        if (stream < 0 || command != Command.ATC_INV && Command.SSEC.get(low) != 0) {
            return command + " names no device of the user: StreamID " + Command.SID.get(low);
        }
        if (command != Command.ATC_INV) {
            long substream = command == Command.CFGI_CD ? low & Command.SSID.put(-1) : 0;
            put(parent, command.opcode() | substream | Command.SID.put(stream), command == Command.CFGI_CD ? high & Command.LEAF.put(-1) : 0);
        }
        return null;
    }

    private void put(DomainTable parent, long low, long high) {
        if (parent != null) {
            commands.add(low, high);
        }
    }
}
