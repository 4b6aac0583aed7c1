// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import java.util.BitSet;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.kit.layout.Structure;

/** Records of the event log (section 2.5): what stands in each, and which are suppressed. Thread-safe. */
final class Events {
    private static final int PAGE_FAULT = Event.NOT_PRESENT.code();
    private static final int ILLEGAL_ENTRY = Event.ENTRY_RESERVED.code();
    private static final long BYTE_BITS = 3;

    private final LogBuffer log;
    /** Devices with DTE.SE whose first page fault was recorded. */
    private final BitSet told = new BitSet();

    Events(LogBuffer log) {
        this.log = log;
    }

    /** The device's entry is read again, and with it begins another first page fault. */
    void forget(int deviceId) {
        synchronized (told) {
            told.clear(deviceId);
        }
    }

    void forgetAll() {
        synchronized (told) {
            told.clear();
        }
    }

    /**
     * A memory request, or a translation request of ATS.
     *
     * @param dte device table entry, or null if there is none
     * @param address that the event names
     * @param translation a translation request: it makes no page faults
     */
    void request(Event event, int deviceId, int pasid, Structure dte, long address, int permission, boolean translation) {
        int code = event.code();
        if (event == Event.ABORTED || code == PAGE_FAULT && (translation || dte != null && suppressed(deviceId, dte))) {
            return;
        }
        long word = event.word() | LogEntries.DEVICE.put(deviceId) | LogEntries.WRITE.put((permission & Permissions.WRITE) != 0 ? 1 : 0)
                | LogEntries.TRANSLATION.put(translation ? 1 : 0);
        boolean tagged = pasid != TranslationRequest.NO_PASID;
        if (code == ILLEGAL_ENTRY || code == Event.INVALID_DEVICE_REQUEST.code() || code == Event.INVALID_PPR_REQUEST.code()) {
            word |= LogEntries.GUEST.put(tagged ? 1 : 0) | (tagged ? LogEntries.putPasid(pasid) : 0);
        } else if (LogEntries.GUEST.get(word) != 0) {
            word |= LogEntries.putPasid(pasid == TranslationRequest.NO_PASID ? 0 : pasid)
                    | LogEntries.NO_EXECUTE.put((permission & Permissions.EXECUTE) != 0 ? 1 : 0);
        } else if (dte != null) {
            word |= LogEntries.DOMAIN_OR_PASID.put(dte.get(DeviceTableEntry.DOMAIN));
        }
        log.append(word | type(event), code == ILLEGAL_ENTRY ? address & ~BYTE_BITS : address);
    }

    private static long type(Event event) {
        boolean hardware = event == Event.DEV_TAB_HARDWARE_ERROR || event == Event.PAGE_TAB_HARDWARE_ERROR || event == Event.COMMAND_HARDWARE_ERROR;
        return hardware ? LogEntries.TYPE.put(LogEntries.TARGET_ABORT)
                : event == Event.INVALID_DEVICE_REQUEST ? LogEntries.TYPE.put(LogEntries.NOT_ALLOWED_ATS) : 0;
    }

    private boolean suppressed(int deviceId, Structure dte) {
        if (dte.is(DeviceTableEntry.SUPPRESS_ALL)) {
            return true;
        }
        if (!dte.is(DeviceTableEntry.SUPPRESS_NEXT)) {
            return false;
        }
        synchronized (told) {
            boolean before = told.get(deviceId);
            told.set(deviceId);
            return before;
        }
    }

    /** An interrupt request; it is a write. */
    void interrupt(Event event, int deviceId, Structure dte, long address) {
        if (event == Event.ABORTED) {
            return;
        }
        boolean domain = event.code() == PAGE_FAULT && dte != null;
        log.append(event.word() | LogEntries.DEVICE.put(deviceId) | LogEntries.INTERRUPT.put(1) | LogEntries.WRITE.put(1) | type(event)
                | (domain ? LogEntries.DOMAIN_OR_PASID.put(dte.get(DeviceTableEntry.DOMAIN)) : 0),
                event.code() == ILLEGAL_ENTRY ? address & ~BYTE_BITS : address);
    }

    /** Trouble with a command; {@code deviceId} is 0 where the event names none. */
    void command(Event event, int deviceId, long address) {
        log.append(event.word() | LogEntries.DEVICE.put(deviceId) | type(event), address);
    }
}
