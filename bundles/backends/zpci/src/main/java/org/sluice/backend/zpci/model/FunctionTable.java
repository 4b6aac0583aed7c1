// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registration;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.machine.Attributes;
import org.sluice.spi.UnitContext;

/** The functions of a unit by id, by handle and in order. The set does not change; functions do. */
final class FunctionTable {
    private static final int LOG2_CACHE = 14;
    /** A description that states no limit does not let a guest fill the host's memory either. */
    private static final int MOST_MAPPINGS = 1 << 22;

    private final int[] ids;
    private final ModelFunction[] byId;

    FunctionTable(UnitContext unit, FunctionGroup group, EventQueue events) {
        Attributes attributes = unit.unit().attributes();
        int limit = (int) Math.min(MOST_MAPPINGS, attributes.child("group").orElse(Attributes.EMPTY).number("maxMappings").orElse((long) MOST_MAPPINGS));
        List<ZpciFunction> known = new ZpciFunctions(unit).all().stream().filter(f -> f.functionId() >= 0 && f.functionId() >>> Integer.SIZE == 0)
                .sorted((a, b) -> Integer.compare((int) a.functionId(), (int) b.functionId())).toList();
        TranslationCache cache = new TranslationCache(LOG2_CACHE);
        Storage storage = new Storage(unit.memory());
        ids = known.stream().mapToInt(f -> (int) f.functionId()).toArray();
        byId = new ModelFunction[ids.length];
        for (int i = 0; i < ids.length; i++) {
            ZpciFunction described = known.get(i);
            FunctionState state = described.state();
            long handle = described.handle() != null ? described.handle()
                    : Anchor.HANDLE_ENABLED.put(state.isUsable() ? 1 : 0) | Anchor.HANDLE_CLASS.put(Anchor.EMULATED) | Anchor.HANDLE_INDEX.put(i);
            ZpciFunction now = new ZpciFunction(described.device(), ids[i], handle, described.registration(), described.iota(), described.first(),
                    described.last(), Attributes.EMPTY, "");
            DmaSpace space = new DmaSpace(now, cache, i, group.refresh() ? limit : DmaSpace.TABLES_COUNT);
            byId[i] = new ModelFunction(described, state, handle, space, new Measurement(storage), events);
            if (group.refresh()) {
                bringIn(unit, byId[i], now);
            }
        }
    }

    /** A function that is described with translation registered has had its tables refreshed by whoever registered it. */
    private static void bringIn(UnitContext unit, ModelFunction function, ZpciFunction described) {
        if (described.registration() != Registration.REGISTERED || described.aperture() == null
                || described.target() != ZpciFunction.Target.TABLES || Long.compareUnsigned(described.first(), described.lastTranslated()) > 0) {
            return;
        }
        TablePieces pieces = new TablePieces(unit.memory());
        if (function.space().refresh(pieces, described.first(), described.lastTranslated()) == DmaSpace.Refresh.BAD_TABLE) {
            function.stopForRefresh(Math.max(pieces.code(), EventCodes.INVALAS.code()), pieces.start(), pieces.level());
        }
    }

    /** The function with that id, or null. */
    ModelFunction byId(int id) {
        int at = Arrays.binarySearch(ids, id);
        return at < 0 ? null : byId[at];
    }

    /** The function whose handle is exactly this one, or null: of handles before the last change there are none. */
    ModelFunction byHandle(long handle) {
        for (ModelFunction function : byId) {
            if (function.handle() == handle && function.state() != FunctionState.RESERVED) {
                return function;
            }
        }
        return null;
    }

    /** The function that a handle, current or not, stands for, or null. */
    ModelFunction byIndex(long handle) {
        for (ModelFunction function : byId) {
            if (Anchor.HANDLE_INDEX.get(function.handle()) == Anchor.HANDLE_INDEX.get(handle)) {
                return function;
            }
        }
        return null;
    }

    /** Those that are not reserved, in order. */
    List<ModelFunction> present() {
        List<ModelFunction> present = new ArrayList<>();
        for (ModelFunction function : byId) {
            if (function.state() != FunctionState.RESERVED) {
                present.add(function);
            }
        }
        return present;
    }

    List<ModelFunction> all() {
        return List.of(byId);
    }
}
