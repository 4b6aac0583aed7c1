// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Table;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/**
 * From DeviceID and PASID to the tables that translate (sections 2.2.2 and 2.2.6). Reads memory each time, keeps nothing: caches
 * belong to the model. Never throws for bad structures. Not thread-safe.
 */
public final class ConfigurationLookup {
    private final PhysicalMemory memory;
    private final UnitState unit;
    private final GuestRoots guests;

    public ConfigurationLookup(PhysicalMemory memory, UnitState unit) {
        this.memory = memory;
        this.unit = unit;
        this.guests = new GuestRoots(memory);
    }

    public UnitState unit() {
        return unit;
    }

    /** Whether the unit translates at all: null if it does, else what happens instead. */
    public Finding gate() {
        if (!unit.knows(ControlRegisters.CONTROL)) {
            return unknown(ControlRegisters.CONTROL);
        }
        return unit.control(ControlRegisters.ENABLED) != 0 ? null
                : new PassThrough(-1, Permissions.ALL, null, "the unit is off (CONTROL.IommuEn=0)", List.of());
    }

    /**
     * What the structures say, whether or not the unit is on.
     *
     * @param pasid of the request, or {@link TranslationRequest#NO_PASID}
     */
    public Finding find(int deviceId, int pasid) {
        Fetched fetched = fetch(deviceId);
        if (fetched.failure() != null) {
            return fetched.failure();
        }
        Structure dte = fetched.entry();
        List<Structure> trail = new ArrayList<>(List.of(dte));
        if (!dte.is(DeviceTableEntry.VALID)) {
            return new PassThrough(-1, Permissions.ALL, null, "V=0", trail);
        }
        Finding illegal = illegal(dte, trail);
        if (illegal != null) {
            return illegal;
        }
        Register missing = missingForExclusion(dte);
        if (missing != null) {
            return new Unknown(null, missing.name(), null, trail);
        }
        AddressRange excluded = isExcluded(dte) ? unit.exclusion() : null;
        if (!dte.is(DeviceTableEntry.TRANSLATION_VALID)) {
            return new Blocked(Event.NOT_PRESENT, dte.address(), "TV=0: the entry has no translation information", 0, excluded, trail);
        }
        return tables(dte, pasid, excluded, trail);
    }

    /** A device table entry, or why there is none. */
    public record Fetched(Structure entry, Finding failure) {
    }

    /** Reads the entry of a DeviceID, of which both halves are still to be judged. */
    public Fetched fetch(int deviceId) {
        if (!unit.knowsSegment(deviceId)) {
            return new Fetched(null, unknown(ControlRegisters.CONTROL));
        }
        int segment = unit.segment(deviceId);
        Register register = UnitState.segmentRegister(segment);
        if (!unit.knows(register)) {
            return new Fetched(null, unknown(register));
        }
        int entries = unit.entries(segment);
        if (deviceId - unit.firstDevice(segment) >= entries) {
            return new Fetched(null, new Blocked(Event.BEYOND_TABLE, 0, "DeviceID " + Hex.of(deviceId) + " is beyond the "
                    + Hex.of(entries) + " entries of " + register.name(), 0, null, List.of()));
        }
        long address = unit.entryAddress(deviceId);
        return switch (Structure.presence(memory, DeviceTableEntry.LAYOUT, address)) {
            case UNKNOWN -> new Fetched(null, new Unknown(address, DeviceTableEntry.LAYOUT.name(), null, List.of()));
            case OUTSIDE -> new Fetched(null, new Blocked(Event.DEV_TAB_HARDWARE_ERROR, address, "there is no memory at the device table entry "
                    + Hex.of(address), 0, null, List.of()));
            default -> new Fetched(Structure.read(memory, DeviceTableEntry.LAYOUT, address), null);
        };
    }

    /** Step 2 of a translation: reserved bits and values of the half that decides over DMA; null if there is nothing to say. */
    private Finding illegal(Structure dte, List<Structure> trail) {
        for (int word = 0; word < 2; word++) {
            long bits = dte.word(word) & DeviceTableEntry.reservedMask(word);
            if (bits != 0) {
                return blocked(Event.ENTRY_RESERVED, dte, "bits " + Hex.of(bits) + " of word " + word + " are reserved", trail);
            }
        }
        if (dte.get(DeviceTableEntry.ACCESSED_DIRTY) == DeviceTableEntry.HAD_RESERVED) {
            return blocked(Event.ENTRY_RESERVED, dte, "HAD=2 is reserved", trail);
        }
        if (dte.get(DeviceTableEntry.IO_CONTROL) == DeviceTableEntry.IO_RESERVED) {
            return blocked(Event.ENTRY_RESERVED, dte, "IoCtl=3 is reserved", trail);
        }
        int mode = (int) dte.get(DeviceTableEntry.MODE);
        if (mode == DeviceTableEntry.MODE_RESERVED) {
            return blocked(Event.ENTRY_LEVEL, dte, "Mode=7 is reserved", trail);
        }
        if (mode > AmdViFormats.MAX_HOST_LEVELS - 2 && !unit.knows(ControlRegisters.EFR)) {
            return new Unknown(null, ControlRegisters.EFR.name(), null, trail);
        }
        if (mode > unit.hostLevels()) {
            return blocked(Event.ENTRY_LEVEL, dte, "Mode=" + mode + ", but the unit has host tables of " + unit.hostLevels()
                    + " levels (EFR.HATS)", trail);
        }
        return null;
    }

    private static Blocked blocked(Event event, Structure dte, String detail, List<Structure> trail) {
        return new Blocked(event, dte.address(), detail, 0, null, trail);
    }

    /** Whether the exclusion range, if there is one, applies to the device. */
    private boolean isExcluded(Structure dte) {
        return dte.is(DeviceTableEntry.EXCLUSION) || unit.get(BaseRegisters.EXCL_BASE, BaseRegisters.EXCLUSION_FOR_ALL) != 0;
    }

    /** The register without which nothing can be said of the device, or null. */
    private Register missingForExclusion(Structure dte) {
        if (!unit.knows(BaseRegisters.EXCL_BASE)) {
            return dte.is(DeviceTableEntry.EXCLUSION) ? BaseRegisters.EXCL_BASE : null;
        }
        return unit.excludes() && isExcluded(dte) && !unit.knows(BaseRegisters.EXCL_LIMIT) ? BaseRegisters.EXCL_LIMIT : null;
    }

    /** Steps 5 and 6: which tables a request goes through. */
    private Finding tables(Structure dte, int pasid, AddressRange excluded, List<Structure> trail) {
        int mode = (int) dte.get(DeviceTableEntry.MODE);
        int domain = (int) dte.get(DeviceTableEntry.DOMAIN);
        int granted = granted(dte);
        Table host = mode == DeviceTableEntry.MODE_NONE ? null
                : new Table(AmdViFormats.host(mode), dte.getAddress(DeviceTableEntry.HOST_ROOT));
        boolean own = pasid != TranslationRequest.NO_PASID;
        boolean asked = dte.is(DeviceTableEntry.GUEST_VALID) && (own || dte.is(DeviceTableEntry.GUEST_WITHOUT_PASID));
        if (asked && !unit.knows(ControlRegisters.CONTROL)) {
            return new Unknown(null, ControlRegisters.CONTROL.name(), excluded, trail);
        }
        if (!asked || unit.control(ControlRegisters.GUEST_ENABLED) == 0) {
            return host != null ? new Translated(TranslationRequest.NO_PASID, domain, null, host, granted, excluded, trail)
                    : new PassThrough(domain, granted, excluded, "Mode=0", trail);
        }
        if (!unit.knows(ControlRegisters.EFR)) {
            return new Unknown(null, ControlRegisters.EFR.name(), excluded, trail);
        }
        String bad = guestShape(dte);
        if (bad != null) {
            return blocked(Event.ENTRY_LEVEL, dte, bad, trail);
        }
        int number = own ? pasid : 0;
        Finding failure = guests.find(dte, host, number, excluded, trail);
        if (failure != null) {
            return failure;
        }
        int levels = AmdViFormats.MIN_GUEST_LEVELS + (int) dte.get(DeviceTableEntry.GUEST_PAGING);
        Table table = new Table(AmdViFormats.guestTables(levels, unit.feature(ControlRegisters.NO_EXECUTE) != 0), guests.root());
        return new Translated(number, domain, table, host == null ? null : new Table(AmdViFormats.hostBelowGuest(mode), host.root()),
                granted, excluded, trail);
    }

    /** What is wrong with the depths of guest and GCR3 tables, or null. */
    private String guestShape(Structure dte) {
        long glx = dte.get(DeviceTableEntry.GUEST_LEVELS);
        if (glx == DeviceTableEntry.GLX_RESERVED || glx + 1 > unit.gcr3Levels()) {
            return "GLX=" + glx + ", but the unit has GCR3 tables of " + unit.gcr3Levels() + " levels (EFR.GLXSup)";
        }
        long paging = dte.get(DeviceTableEntry.GUEST_PAGING);
        return paging > DeviceTableEntry.GUEST_FIVE_LEVELS || AmdViFormats.MIN_GUEST_LEVELS + paging > unit.guestLevels()
                ? "guest paging mode " + paging + ", but the unit has guest tables of " + unit.guestLevels() + " levels (EFR.GATS)" : null;
    }

    /** Permissions of a device table entry; fetching code is reading. */
    static int granted(Structure dte) {
        return (dte.is(DeviceTableEntry.READ) ? Permissions.READ | Permissions.EXECUTE : 0)
                | (dte.is(DeviceTableEntry.WRITE) ? Permissions.WRITE : 0);
    }

    private static Unknown unknown(Register register) {
        return new Unknown(null, register.name(), null, List.of());
    }
}
