// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.api.Capabilities;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.backend.zpci.driver.CallRequests.Listed;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** The functions of a unit as Call Logical Processor tells them, and what all of them have in common. Not thread-safe. */
final class KnownFunctions {
    static final int PAGE_SHIFT = 12;
    private static final long FRAMES = 1L << 20 | 1L << 31;
    private static final int OUTPUT_BITS = 63;
    private static final DrivenFunction[] NONE = {};

    private final String unit;
    private final Instructions instructions;
    private final CallRequests calls;
    private Map<Integer, DrivenFunction> functions;
    /** The same functions, for whoever goes through them at each change. */
    private DrivenFunction[] inOrder = NONE;

    KnownFunctions(String unit, Instructions instructions, CallRequests calls) {
        this.unit = unit;
        this.instructions = instructions;
        this.calls = calls;
    }

    /** Looks anew. Functions on standby are left alone: they do no DMA. */
    void find() {
        instructions.identify();
        functions = new LinkedHashMap<>();
        Map<Integer, FunctionGroup> groups = new LinkedHashMap<>();
        for (Listed listed : calls.list()) {
            if (listed.configured()) {
                CallRequests.Described function = calls.function(listed.handle());
                FunctionGroup group = groups.computeIfAbsent(function.group(), calls::group);
                functions.put(listed.id(), new DrivenFunction(listed.id(), functions.size(), listed.handle(), group, function));
            }
        }
        inOrder = functions.values().toArray(NONE);
    }

    void forget() {
        functions = null;
        inOrder = NONE;
    }

    void remove(DrivenFunction function) {
        functions.remove(function.id);
        inOrder = functions.values().toArray(NONE);
    }

    /** The function with that id, or null. */
    DrivenFunction of(int id) {
        return functions == null ? null : functions.get(id);
    }

    /** Those found, not to be changed. */
    DrivenFunction[] inOrder() {
        return inOrder;
    }

    /** As found; looked for if that has not been done. */
    List<DrivenFunction> all() {
        if (functions == null) {
            find();
        }
        return new ArrayList<>(functions.values());
    }

    private List<DrivenFunction> some() {
        List<DrivenFunction> all = all();
        if (all.isEmpty()) {
            throw new IommuException(Reason.NOT_FOUND, "unit " + unit + " lists no function that can be used");
        }
        return all;
    }

    Capabilities capabilities() {
        Set<Capabilities.Feature> features = EnumSet.noneOf(Capabilities.Feature.class);
        List<FunctionGroup> groups = some().stream().map(f -> f.group).toList();
        if (groups.stream().allMatch(FunctionGroup::relaxed)) {
            features.add(Capabilities.Feature.PASS_THROUGH);
        }
        if (groups.stream().anyMatch(FunctionGroup::refresh)) {
            features.add(Capabilities.Feature.MAP_NEEDS_INVALIDATION);
        }
        AddressRange window = AddressRange.ofSize(groups.get(0).messageAddress(), Zpci.DEFAULT_MSI_WINDOW.size());
        return new Capabilities(pageSizes(), aperture(), OUTPUT_BITS, Set.of(Permissions.READ, Permissions.READ_WRITE), 0,
                new MessageRouting(MessageRouting.Route.OWN_PATH, window, true), features);
    }

    long pageSizes() {
        boolean frames = some().stream().allMatch(f -> f.group.frames());
        return 1L << PAGE_SHIFT | (frames ? ZpciFormats.of(widest()).pageSizes() & FRAMES : 0);
    }

    /** The highest table type that every function may have registered. */
    private int widest() {
        for (int type = Anchor.REGION_FIRST_TABLE; type >= Anchor.SEGMENT_TABLE; type--) {
            if (areSupported(type)) {
                return type;
            }
        }
        throw new IommuException(Reason.UNSUPPORTED, "functions of unit " + unit + " share no type of table");
    }

    private boolean areSupported(int type) {
        return some().stream().allMatch(f -> f.group.supports(type));
    }

    /** The lowest type of table that every function may have registered and that reaches so far. */
    int narrowest(int bits) {
        int type = widest();
        for (int lower = type - 1; lower >= Anchor.SEGMENT_TABLE; lower--) {
            if (ZpciFormats.of(lower).description().inputBits() >= bits && areSupported(lower)) {
                type = lower;
            }
        }
        return type;
    }

    /** What the DMA ranges of all functions have in common, as far as tables reach. */
    AddressRange aperture() {
        long first = 0;
        long last = lastOf(ZpciFormats.of(widest()));
        for (DrivenFunction f : some()) {
            first = Long.compareUnsigned(f.first, first) > 0 ? f.first : first;
            last = Long.compareUnsigned(f.last, last) < 0 ? f.last : last;
        }
        if (Long.compareUnsigned(first, last) > 0) {
            throw new IommuException(Reason.UNSUPPORTED, "functions of unit " + unit + " share no DMA addresses that tables reach");
        }
        return new AddressRange(first, last);
    }

    /** Highest address that tables of a format have. */
    static long lastOf(RadixFormat format) {
        int bits = format.description().inputBits();
        return bits == Long.SIZE ? -1L : (1L << bits) - 1;
    }
}
