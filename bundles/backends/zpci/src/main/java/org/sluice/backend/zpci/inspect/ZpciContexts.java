// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.AnchorSearch;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registration;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.TableView;

/**
 * Functions of one unit as requesters. Where the description lists no functions, tables found by their look stand in: each is listed
 * as {@code fid:} and the number of its first page frame, since the id of its owner is not in memory. Not thread-safe.
 */
final class ZpciContexts {
    private static final int FRAME_SHIFT = 12;
    private static final int NAMED = 8;

    private final PhysicalMemory memory;
    private final ZpciFunctions functions;
    private Map<DeviceId, ZpciFunction> found;

    ZpciContexts(PhysicalMemory memory, ZpciFunctions functions) {
        this.memory = memory;
        this.functions = functions;
    }

    ZpciFunctions functions() {
        return functions;
    }

    /** Described functions, or found ones, in ascending order. */
    List<ZpciFunction> all() {
        return functions.stated() ? functions.all() : new ArrayList<>(found().values());
    }

    Optional<ZpciFunction> of(DeviceId device) {
        Optional<ZpciFunction> described = functions.of(device);
        return described.isPresent() || functions.stated() ? described : Optional.ofNullable(found().get(device));
    }

    private Map<DeviceId, ZpciFunction> found() {
        if (found == null) {
            found = new TreeMap<>();
            for (long iota : new AnchorSearch(memory, Progress.NONE).run()) {
                long frame = Anchor.ORIGIN.address(iota) >>> FRAME_SHIFT;
                if (frame >>> Integer.SIZE == 0) {
                    DeviceId name = DeviceId.function(frame);
                    found.put(name, ZpciFunction.found(name, iota));
                }
            }
        }
        return found;
    }

    /** Why nothing is known of a device; names the tables that might be its own. */
    String whyUnknown(DeviceId device) {
        if (functions.stated()) {
            return functions.described(device).isPresent() ? "the description's functions do not list " + device
                    : device + " is neither among the functions nor among the devices of the description";
        }
        String candidates = found().values().stream().limit(NAMED).map(f -> Hex.of(f.iota())).collect(Collectors.joining(", "));
        return "the description lists no functions, so the anchor (iota) of " + device + " is not known; "
                + (candidates.isEmpty() ? "no table in the image looks like a root"
                : found().size() + " tables look like roots: anchors " + candidates + (found().size() > NAMED ? ", ..." : ""));
    }

    RequesterContext context(DeviceId device, int pasid) {
        Optional<ZpciFunction> function = of(device);
        if (pasid != TranslationRequest.NO_PASID) {
            return blocked(device, pasid, EventCodes.INVALAS, List.of(), "zPCI has no PASIDs: only DMA address space 0 exists");
        }
        return function.isPresent() ? context(function.get())
                : new RequesterContext(device, pasid, State.UNKNOWN, -1, "", 0, null, null, 0, List.of(), whyUnknown(device));
    }

    RequesterContext context(ZpciFunction f) {
        if (!f.mayBeEnabled()) {
            return blocked(f.device(), TranslationRequest.NO_PASID, EventCodes.NOT_ENABLED, List.of(),
                    f.interrupts().has("state") ? "the function is in state " + f.state().text() : "function handle " + Hex.of(f.handle()) + " is not enabled");
        }
        if (f.registration() != Registration.REGISTERED) {
            boolean none = f.registration() == Registration.NONE;
            return none ? blocked(f.device(), TranslationRequest.NO_PASID, EventCodes.INVALAS, List.of(), EventCodes.INVALAS.meaning())
                    : plain(f, State.UNKNOWN, "", "the description does not give the function's anchor (iota)");
        }
        return switch (f.target()) {
            case IDENTITY -> plain(f, State.PASS_THROUGH, "", "the anchor has T=0: addresses in " + f.range() + " go out unchanged");
            case UNSUPPORTED -> blocked(f.device(), TranslationRequest.NO_PASID, EventCodes.INVALTF, List.of(f.iota()),
                    "anchor " + Hex.of(f.iota()) + " has designation type " + f.designation());
            case FRAME -> translated(f, "page-frame", 0, new FrameTable(f.frame(), Anchor.frameShift(f.iota())),
                    "the anchor names the frame at " + Hex.of(f.frame()));
            case TABLES -> translated(f, f.format().description().name(), f.format().levels(),
                    new RadixTable(memory, f.format(), f.root(), entry -> ""),
                    f.format().description().name() + " table at " + Hex.of(f.root()));
        };
    }

    private static RequesterContext translated(ZpciFunction f, String kind, int levels, TableView tables, String text) {
        if (f.first() == null || f.last() == null) {
            return plain(f, State.UNKNOWN, kind, "the description does not give the function's DMA range (" + (f.first() == null ? "pba" : "pal") + ")");
        }
        if (f.aperture() == null) {
            return blocked(f.device(), TranslationRequest.NO_PASID, EventCodes.OORANGE, List.of(f.iota()), "the DMA range " + f.range() + " is empty");
        }
        TableView view = new ApertureTable(tables, f.aperture(), f.writesForbidden() ? Permissions.READ : Permissions.READ_WRITE);
        return new RequesterContext(f.device(), TranslationRequest.NO_PASID, State.TRANSLATED, -1, kind, levels, view, null, 0,
                List.of(f.iota()), text + (f.origin().isEmpty() ? ", DMA addresses " + f.range() : ", " + f.origin()));
    }

    private static RequesterContext plain(ZpciFunction f, State state, String kind, String text) {
        return new RequesterContext(f.device(), TranslationRequest.NO_PASID, state, -1, kind, 0, null, null, 0,
                f.registration() == Registration.REGISTERED ? List.of(f.iota()) : List.of(), text);
    }

    private static RequesterContext blocked(DeviceId device, int pasid, Fault fault, List<Long> entry, String text) {
        return new RequesterContext(device, pasid, State.BLOCKED, -1, "", 0, null, fault, 0, entry, text);
    }
}
