// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.api.Defect;
import org.sluice.api.layout.FieldValue;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registration;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.kit.inspect.DefectFilter;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DefectSink;
import org.sluice.spi.UnitContext;

/** Looks for defects of anchors and tables of one unit; serves one {@code verify}. */
final class ZpciVerification {
    private static final String VFIO = "vfio-pci";

    private final UnitContext unit;
    private final List<ZpciFunction> functions;
    private final DefectSink out;
    private final Map<Long, ZpciFunction> rootOwners = new HashMap<>();
    private final Map<Long, ZpciFunction> handles = new HashMap<>();

    ZpciVerification(UnitContext unit, List<ZpciFunction> functions, DefectSink out) {
        this.unit = unit;
        this.functions = functions;
        this.out = out;
    }

    /** @param only reports defects of this device alone, though sharing is judged over all; null for all */
    void run(DeviceId only) {
        DefectSink sink = only == null ? out : new OfDevice(only, out);
        List<AddressRange> messages = AdapterInterrupts.windows(unit);
        // Messages are told from DMA by their address before translation, so the window counts on the input side only.
        RadixAudit audit = new RadixAudit(unit.memory(), new AuditRules(unit.unit().name(), List.of(), List.of(), messages), sink);
        for (ZpciFunction function : functions) {
            sink.looked(1);
            if (function.registration() == Registration.REGISTERED) {
                anchor(function, sink);
                if (function.target() == Target.TABLES) {
                    audit.add(new RadixAudit.Root(function.device(), owner(function), function.format(), function.root(), 0,
                            List.of(function.iota())));
                }
            }
        }
        audit.finish();
    }

    private void anchor(ZpciFunction f, DefectSink sink) {
        Structure iota = Structure.of(Anchor.IOTA, 0, f.iota());
        FieldValue reserved = iota.reservedViolation();
        if (reserved != null && f.target() != Target.IDENTITY) {
            report(f, sink, "reserved-bit", "the anchor " + Hex.of(f.iota()) + " has reserved bits set: field at bit " + reserved.field().low()
                    + " is " + Hex.of(reserved.value()), "anchor");
        }
        if (f.target() == Target.UNSUPPORTED) {
            report(f, sink, "unsupported-designation", "the anchor " + Hex.of(f.iota()) + " has designation type " + f.designation()
                    + ", frame size " + Anchor.FRAME_SIZE.get(f.iota()) + ", which no source describes", "anchor");
        }
        if (f.target() == Target.FRAME && unit.memory().ramKnown()
                && unit.memory().presence(f.frame(), 1) == PhysicalMemory.Presence.OUTSIDE) {
            report(f, sink, "leaf-outside-ram", "the anchor's frame at " + Hex.of(f.frame()) + " is not RAM", "anchor");
        }
        if (f.first() != null && f.last() != null && f.aperture() == null) {
            report(f, sink, "empty-aperture", "the first DMA address " + Hex.of(f.first()) + " is above the last, " + Hex.of(f.last()),
                    "registering translation");
        }
        if (!f.mayBeRegistered()) {
            report(f, sink, "function-not-enabled", f.interrupts().has("state") ? "translation is registered for a function in state " + f.state().text()
                    : "translation is registered under handle " + Hex.of(f.handle()) + ", which is not enabled (bit 31)", "registering translation");
        }
        ZpciFunction twin = f.handle() == null ? null : handles.putIfAbsent(f.handle(), f);
        if (twin != null && twin.iota() != f.iota()) {
            report(f, sink, "handle-shared", "handle " + Hex.of(f.handle()) + " is also that of " + twin.device()
                    + ", whose anchor is " + Hex.of(twin.iota()), "discovery");
        }
    }

    private void report(ZpciFunction f, DefectSink sink, String defect, String rule, String clause) {
        sink.defect(new Defect(f.device(), unit.unit().name(), defect, 0, List.of(f.iota()), rule, Zpci.SPECIFICATION + clause));
    }

    /**
     * A number that functions share rightly or not at all, since zPCI has no domain ids: two functions with one root are as one if
     * they are in one group, if both are handed to user space (one container), or if nothing is known of them.
     */
    private int owner(ZpciFunction function) {
        ZpciFunction first = rootOwners.putIfAbsent(function.root(), function);
        return number(first != null && mayShare(first, function) ? first : function);
    }

    private int number(ZpciFunction function) {
        return functions.indexOf(function);
    }

    private boolean mayShare(ZpciFunction one, ZpciFunction other) {
        Optional<DeviceDescription> a = described(one);
        Optional<DeviceDescription> b = described(other);
        if (a.isEmpty() || b.isEmpty() || a.get().group() < 0 || b.get().group() < 0) {
            return true;
        }
        return a.get().group() == b.get().group() || VFIO.equals(a.get().driver()) && VFIO.equals(b.get().driver());
    }

    private Optional<DeviceDescription> described(ZpciFunction function) {
        return unit.machine().devices().stream().filter(d -> d.device().equals(function.device())
                || d.requesterId() >= 0 && d.requesterId() == function.functionId()).findFirst();
    }

    /** Passes on what concerns one device. */
    private static final class OfDevice extends DefectFilter {
        private final DeviceId device;

        OfDevice(DeviceId device, DefectSink out) {
            super(out);
            this.device = device;
        }

        @Override
        public void defect(Defect defect) {
            if (device.equals(defect.device())) {
                super.defect(defect);
            }
        }
    }
}
