// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import java.util.LinkedHashMap;
import java.util.Map;

import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;

/**
 * One PCI function with what was registered for it. No register tells this: it comes from the description of the machine, or (the
 * anchor alone) from a search of memory.
 *
 * @param functionId FID, or -1 if not known
 * @param handle function handle, or null if not known
 * @param registration whether an address space is registered
 * @param iota anchor; only if registered
 * @param first first DMA address (PBA), or null if not known
 * @param last last DMA address (PAL), or null if not known
 * @param interrupts what else the FIB holds; empty where the description does not say
 * @param origin where the anchor comes from, for messages; empty if the description has it
 */
public record ZpciFunction(DeviceId device, long functionId, Long handle, Registration registration, long iota, Long first,
        Long last, Attributes interrupts, String origin) {
    private static final long PAGE_MASK = 0xfff;

    /** Whether the function has a DMA address space. */
    public enum Registration { REGISTERED, NONE, UNKNOWN }

    /** What the anchor leads to. */
    public enum Target { TABLES, IDENTITY, FRAME, UNSUPPORTED }

    public ZpciFunction {
        // Hardware takes the low bits of the range as zeros and as ones (function information block, PBA and PAL).
        first = first == null ? null : first & ~PAGE_MASK;
        last = last == null ? null : last | PAGE_MASK;
    }

    /** Reads an element of {@code functions}; a key that is there without a value says that there is none. */
    static ZpciFunction of(Attributes function) {
        long id = function.number("fid").orElse(-1L);
        DeviceId device = function.text("device").map(ZpciFunction::device).orElseGet(() -> bare(id));
        Registration registration = function.has("iota") ? Registration.REGISTERED
                : function.keys().contains("iota") ? Registration.NONE : Registration.UNKNOWN;
        return new ZpciFunction(device, id, function.number("functionHandle").orElse(null), registration,
                function.number("iota").orElse(0L), function.number("pba").orElse(null), function.number("pal").orElse(null),
                function, "");
    }

    /** A function of which only a table is known, found in memory. */
    public static ZpciFunction found(DeviceId device, long iota) {
        long reach = ZpciFormats.of((int) Anchor.DESIGNATION.get(iota)).description().inputBits();
        long highest = reach == Long.SIZE ? -1L : (1L << reach) - 1;
        return new ZpciFunction(device, -1, null, Registration.REGISTERED, iota, 0L, highest, Attributes.EMPTY,
                "found by its look in memory; its owner and DMA range are not known");
    }

    private static DeviceId device(String text) {
        try {
            return DeviceId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IommuException(IommuException.Reason.BAD_FORMAT, "functions: " + e.getMessage(), e);
        }
    }

    private static DeviceId bare(long id) {
        if (id < 0 || id >>> Integer.SIZE != 0) {
            throw new IommuException(IommuException.Reason.BAD_FORMAT, "functions: an element has neither a device nor a 32-bit fid");
        }
        return DeviceId.function(id);
    }

    /** A function of a running unit. */
    public static ZpciFunction running(DeviceId device, long id, long handle, Registered registered, Attributes interrupts) {
        return new ZpciFunction(device, id, handle, registered == null ? Registration.NONE : Registration.REGISTERED,
                registered == null ? 0 : registered.iota(), registered == null ? null : registered.first(),
                registered == null ? null : registered.last(), interrupts, "");
    }

    /** An element of {@code functions}, of which {@link #of} makes this function again. */
    public Map<String, Object> described() {
        Map<String, Object> element = new LinkedHashMap<>();
        element.put("device", device.toString());
        element.put("fid", Hex.of(functionId));
        element.put("functionHandle", handle == null ? null : Hex.of(handle));
        if (registration != Registration.UNKNOWN) {
            element.put("iota", registration == Registration.REGISTERED ? Hex.of(iota) : null);
        }
        element.put("pba", first == null ? null : Hex.of(first));
        element.put("pal", last == null ? null : Hex.of(last));
        interrupts.keys().forEach(key -> element.put(key, interrupts.raw(key)));
        return element;
    }

    /** What the FIB registers for DMA. */
    public record Registered(long iota, long first, long last) {
    }

    /** False only if a handle is known and says so (handle, bit 31), or a state is. */
    public boolean mayBeEnabled() {
        return state() == FunctionState.ENABLED || handle == null && !interrupts.has("state");
    }

    /** Whether something may be registered for it: for an enabled function, and one whose error has not been reset. */
    public boolean mayBeRegistered() {
        return mayBeEnabled() || state().isUsable();
    }

    /** As described; by the handle where no state is, and where neither is, enabled with translation registered and else not. */
    public FunctionState state() {
        if (interrupts.has("state")) {
            return FunctionState.parse(interrupts.text("state").orElseThrow());
        }
        boolean enabled = handle == null ? registration != Registration.NONE : Anchor.HANDLE_ENABLED.get(handle) != 0;
        return enabled ? FunctionState.ENABLED : FunctionState.DISABLED;
    }

    public Target target() {
        if (Anchor.TRANSLATE.get(iota) == 0) {
            return Target.IDENTITY;
        }
        int type = designation();
        if (type <= Anchor.REGION_FIRST_TABLE) {
            return Target.TABLES;
        }
        return type == Anchor.PAGE_FRAME && Anchor.frameShift(iota) != 0 ? Target.FRAME : Target.UNSUPPORTED;
    }

    public int designation() {
        return (int) Anchor.DESIGNATION.get(iota);
    }

    /** Only for {@link Target#TABLES}. */
    public RadixFormat format() {
        return ZpciFormats.of(designation());
    }

    /** Root table. */
    public long root() {
        return Anchor.ORIGIN.address(iota);
    }

    /** The frame of {@link Target#FRAME}; its low bits, which the smaller frames would need, are taken as zeros. */
    public long frame() {
        return iota & -1L << Anchor.frameShift(iota);
    }

    public boolean writesForbidden() {
        return Anchor.PROTECT.get(iota) != 0;
    }

    /** The DMA range, or null if it is not known or empty. */
    public AddressRange aperture() {
        return first == null || last == null || Long.compareUnsigned(first, last) > 0 ? null : new AddressRange(first, last);
    }

    /** Whether translation is registered and its range known. */
    public boolean reaches() {
        return registration == Registration.REGISTERED && first != null && last != null;
    }

    /** Whether translation is registered and this address is in its range. */
    public boolean reaches(long iova) {
        return reaches() && Long.compareUnsigned(iova, first) >= 0 && Long.compareUnsigned(iova, last) <= 0;
    }

    /** The last address that both the DMA range and the tables reach; only for {@link Target#TABLES} with a known range. */
    public long lastTranslated() {
        int bits = format().description().inputBits();
        long widest = bits == Long.SIZE ? -1L : (1L << bits) - 1;
        return Long.compareUnsigned(last, widest) < 0 ? last : widest;
    }

    /** {@code pba..pal} as far as known. */
    public String range() {
        return (first == null ? "?" : Hex.of(first)) + "-" + (last == null ? "?" : Hex.of(last));
    }
}
