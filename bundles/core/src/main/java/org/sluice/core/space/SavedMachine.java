// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

import org.sluice.api.Permissions;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.core.space.SavedSpace.Use;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/**
 * The durable spaces of one machine and what its operator decided, as a store's records say. Records are applied in order; a change whose parts did not
 * all get into the store is left out. Not thread-safe.
 */
public final class SavedMachine {
    private String origin;
    private String name;
    private boolean open;
    private final Map<String, String> backends = new TreeMap<>();
    private final Set<DeviceId> unisolated = new TreeSet<>();
    private final Map<Integer, SavedSpace> spaces = new TreeMap<>();
    /** Parts of a change whose last is still to come. */
    private final List<ByteBuffer> parts = new ArrayList<>();
    private String problem = "";
    private int nextId = 1;

    public SavedMachine() {
        // Records tell everything.
    }

    SavedMachine(String origin, String name, boolean open) {
        this.origin = origin;
        this.name = name;
        this.open = open;
    }

    /** From where the machine was opened; null if no record says so. */
    public String origin() {
        return origin;
    }

    public String name() {
        return name;
    }

    /** Whether the machine was open when the platform ended. */
    public boolean isOpen() {
        return open;
    }

    public boolean isEmpty() {
        return spaces.isEmpty();
    }

    /** How many spaces there are. */
    public int count() {
        return spaces.size();
    }

    /** Backends that an operator has chosen, by unit. */
    Map<String, String> backends() {
        return backends;
    }

    /** Devices that an operator lets raise interrupts of others. */
    Set<DeviceId> unisolated() {
        return unisolated;
    }

    Map<Integer, SavedSpace> spaces() {
        return spaces;
    }

    int nextId() {
        return nextId;
    }

    /** Why a record, and with it all that follow, was left out although its bytes are what was written; empty if none was. */
    public String problem() {
        return problem;
    }

    /** Applies one record, unless one before it had a {@link #problem}. */
    public void apply(ByteBuffer record) {
        if (!problem.isEmpty()) {
            return;
        }
        try {
            int type = record.get();
            if (type != SpaceRecords.PART && type != SpaceRecords.CHANGE) {
                parts.clear();
            }
            problem = switch (type) {
                case SpaceRecords.MACHINE -> machine(record);
                case SpaceRecords.BACKEND -> backend(record);
                case SpaceRecords.STATE -> state(record);
                case SpaceRecords.CREATE -> create(record);
                case SpaceRecords.UNISOLATED -> unisolated(record);
                default -> ofSpace(type, record);
            };
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            problem = "a record makes no sense (" + e + ")";
        }
    }

    private String machine(ByteBuffer record) {
        if (record.get() != SpaceRecords.VERSION) {
            return "it was written by another version";
        }
        origin = SpaceRecords.text(record);
        name = SpaceRecords.text(record);
        open = true;
        return "";
    }

    private String backend(ByteBuffer record) {
        backends.put(SpaceRecords.text(record), SpaceRecords.text(record));
        return "";
    }

    private String state(ByteBuffer record) {
        open = record.get() != 0;
        return "";
    }

    private String unisolated(ByteBuffer record) {
        boolean allowed = record.get() != 0;
        DeviceId device = SpaceRecords.use(record).device();
        if (allowed) {
            unisolated.add(device);
        } else {
            unisolated.remove(device);
        }
        return "";
    }

    private String create(ByteBuffer record) {
        int id = record.getInt();
        spaces.put(id, SavedSpace.empty(id, SpaceRecords.options(record)));
        nextId = Math.max(nextId, id + 1);
        return "";
    }

    private String ofSpace(int type, ByteBuffer record) {
        int id = record.getInt();
        SavedSpace space = spaces.get(id);
        if (space == null) {
            return "a record of a space that was not made";
        }
        switch (type) {
            case SpaceRecords.DESTROY -> spaces.remove(id);
            case SpaceRecords.PART -> parts.add(ByteBuffer.allocate(record.remaining()).put(record).flip());
            case SpaceRecords.CHANGE -> {
                return change(space, record);
            }
            case SpaceRecords.ATTACH -> attach(space, SpaceRecords.use(record));
            case SpaceRecords.DETACH -> space.uses().remove(SpaceRecords.use(record));
            case SpaceRecords.RESERVE -> space.reserved().add(SpaceRecords.owned(record));
            case SpaceRecords.PLUCK -> space.pluck(SpaceRecords.range(record), SpaceRecords.text(record));
            case SpaceRecords.GIVE_BACK -> {
                return space.giveBack(SpaceRecords.range(record)) ? "" : "pages are given back that were not plucked, or where something else is mapped";
            }
            case SpaceRecords.LIMIT -> space.limit(record.getLong());
            case SpaceRecords.RELEASE -> {
                AddressRange range = SpaceRecords.range(record);
                space.reserved().removeIf(o -> o.range().equals(range));
            }
            default -> {
                return "a record of unknown kind " + type;
            }
        }
        return "";
    }

    private void attach(SavedSpace to, Use use) {
        spaces.values().forEach(space -> space.uses().remove(use));
        to.uses().add(use);
    }

    private String change(SavedSpace space, ByteBuffer record) {
        for (ByteBuffer part : parts) {
            String wrong = steps(space.ranges(), part);
            if (!wrong.isEmpty()) {
                return wrong;
            }
        }
        parts.clear();
        return steps(space.ranges(), record);
    }

    private static String steps(RangeMap ranges, ByteBuffer record) {
        while (record.hasRemaining()) {
            int step = record.get();
            long start = record.getLong();
            long last = record.getLong();
            boolean done = switch (step) {
                case SpaceRecords.MAP -> ranges.insert(start, last - start + 1, record.getLong(), Byte.toUnsignedInt(record.get()));
                case SpaceRecords.UNMAP -> ranges.remove(start, last) != RangeMap.CUT;
                case SpaceRecords.CUT -> cut(ranges, start, last);
                default -> false;
            };
            if (!done) {
                return "a change of " + new AddressRange(start, last) + " does not fit what was mapped before";
            }
        }
        return "";
    }

    private static boolean cut(RangeMap ranges, long start, long last) {
        ranges.cut(start, last);
        return true;
    }

    /** Everything in lines, for people and for comparing. */
    public void describe(Consumer<String> out) {
        out.accept("machine " + name + " from " + origin + (open ? "" : ", closed"));
        backends.forEach((unit, backend) -> out.accept("unit " + unit + " backend " + backend));
        unisolated.forEach(device -> out.accept("device " + device + " may raise interrupts of others"));
        List<SavedSpace> byName = new ArrayList<>(spaces.values());
        byName.sort((a, b) -> a.options().name().compareTo(b.options().name()));
        for (SavedSpace space : byName) {
            out.accept("space " + space.options().name() + " " + space.options().messageWindow() + " " + space.options().inputBits());
            if (space.limit() != PinAccount.UNLIMITED) {
                out.accept("  limit " + space.limit());
            }
            space.plucked().stream().map(Plucked::toString).sorted().forEach(line -> out.accept("  " + line));
            space.uses().stream().map(u -> "  device " + new Device(u.device(), u.pasid())).sorted().forEach(out);
            space.reserved().stream().map(OwnedRange::toString).sorted().forEach(line -> out.accept("  owned " + line));
            RangeMap.Entry entry = new RangeMap.Entry();
            for (boolean more = space.ranges().first(0, entry); more; more = space.ranges().next(entry)) {
                RangeKind kind = Flags.kind(entry.flags());
                if (kind != RangeKind.DOORBELL) {
                    out.accept("  " + new AddressRange(entry.start(), entry.last()) + " to " + Hex.of(entry.output()) + " "
                            + Permissions.text(Flags.permissions(entry.flags())) + " " + kind);
                }
            }
        }
    }

    private record Device(DeviceId device, int pasid) {
        @Override
        public String toString() {
            return device + (pasid < 0 ? "" : " PASID " + pasid);
        }
    }
}
