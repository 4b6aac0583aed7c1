// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitModel;

/**
 * ATS and page requests (sections 2.2.4 and 2.6): what devices may ask is decided by DTE.I and DTE.PPR. A page request is logged and
 * answered by software's COMPLETE_PPR_REQUEST; one that cannot be logged is answered at once. Thread-safe.
 */
final class AtsService implements DeviceTranslation {
    private static final int INVALID_REQUEST = 1;
    private static final int RESPONSE_FAILURE = 15;
    private static final int PASID_LOW_BITS = 16;

    private final Requests unit;
    private final Events events;
    private final LogBuffer log;
    private final RegisterPort registers;
    private volatile DeviceSide side;

    /** What the unit answers. */
    interface Requests {
        /** Whether the unit is on. */
        boolean on();

        Context find(int deviceId, int pasid);

        /**
         * Walks for one permission.
         *
         * @param reply address and size are set if it succeeds
         * @return null, or why it fails
         */
        Event walk(Context context, int deviceId, int pasid, long iova, int permission, Reply reply);

        /** Sends what is waiting; no lock is held. */
        void deliver();
    }

    AtsService(Requests unit, Events events, LogBuffer log, RegisterPort registers) {
        this.unit = unit;
        this.events = events;
        this.log = log;
        this.registers = registers;
    }

    @Override
    public void setDeviceSide(DeviceSide newSide) {
        side = newSide;
    }

    private static Structure entry(Finding finding) {
        return finding.trail().isEmpty() ? null : finding.trail().get(0);
    }

    private static boolean allows(Finding finding) {
        Structure dte = entry(finding);
        return dte != null && dte.is(DeviceTableEntry.VALID) && dte.is(DeviceTableEntry.DEVICE_TLB);
    }

    @Override
    public Completion request(int requester, int pasid, long iova, int permissions, Reply reply) {
        reply.address = iova;
        reply.size = AmdVi.PAGE_BYTES;
        reply.permissions = 0;
        reply.untranslatedOnly = false;
        int deviceId = requester & AmdVi.MAX_DEVICE_ID;
        if (!unit.on()) {
            return Completion.UNSUPPORTED_REQUEST;
        }
        Context context = unit.find(deviceId, pasid);
        Completion completion = answer(context, deviceId, pasid, iova, permissions & Permissions.ALL, reply);
        unit.deliver();
        return completion;
    }

    private Completion answer(Context context, int deviceId, int pasid, long iova, int wanted, Reply reply) {
        Finding finding = context.finding();
        boolean fault = finding instanceof Blocked blocked && blocked.event().code() != Event.NOT_PRESENT.code();
        if (finding instanceof Finding.Unknown) {
            return Completion.COMPLETER_ABORT;
        }
        if (fault) {
            events.request(((Blocked) finding).event(), deviceId, pasid, entry(finding), address((Blocked) finding, iova), wanted, true);
            return Completion.COMPLETER_ABORT;
        }
        if (!allows(finding)) {
            events.request(Event.INVALID_DEVICE_REQUEST, deviceId, pasid, entry(finding), iova, wanted, true);
            return Completion.UNSUPPORTED_REQUEST;
        }
        if (AmdVi.INTERRUPT_WINDOW.contains(iova)) {
            reply.untranslatedOnly = true;
        } else if (context.isExcluded(iova)) {
            reply.permissions = wanted;
        } else if (finding instanceof PassThrough pass) {
            reply.permissions = wanted & pass.granted();
        } else if (finding instanceof Translated) {
            return translated(context, deviceId, pasid, iova, wanted, reply);
        }
        return Completion.SUCCESS;
    }

    /** The address that the event of a configuration names. */
    static long address(Blocked blocked, long iova) {
        boolean hardware = blocked.event() == Event.DEV_TAB_HARDWARE_ERROR || blocked.event() == Event.PAGE_TAB_HARDWARE_ERROR;
        return hardware ? blocked.address() : blocked.between() != null ? blocked.between() : iova;
    }

    /** Permissions are asked for one by one: each that the tables withhold is missing in the answer, and none is a fault. */
    private Completion translated(Context context, int deviceId, int pasid, long iova, int wanted, Reply reply) {
        for (int permission = Permissions.READ; permission <= Permissions.EXECUTE; permission <<= 1) {
            if ((wanted & permission) == 0) {
                continue;
            }
            Event event = unit.walk(context, deviceId, pasid, iova, permission, reply);
            if (event == null) {
                reply.permissions |= permission;
            } else if (event.code() != Event.NOT_PRESENT.code()) {
                reply.permissions = 0;
                return Completion.COMPLETER_ABORT;
            }
        }
        return Completion.SUCCESS;
    }

    @Override
    public long translated(int requester, long address, int permission) {
        int deviceId = requester & AmdVi.MAX_DEVICE_ID;
        if (!unit.on()) {
            return UnitModel.PASS_THROUGH;
        }
        Finding finding = unit.find(deviceId, TranslationRequest.NO_PASID).finding();
        if (finding instanceof Finding.Unknown) {
            return -1L - AmdViModel.ABORTED;
        }
        boolean illegal = finding instanceof Blocked b && b.event().code() != Event.NOT_PRESENT.code();
        if (!illegal && allows(finding) && !AmdVi.INTERRUPT_WINDOW.contains(address)) {
            return UnitModel.PASS_THROUGH;
        }
        Event event = illegal ? ((Blocked) finding).event() : Event.INVALID_DEVICE_REQUEST;
        events.request(event, deviceId, TranslationRequest.NO_PASID, entry(finding),
                illegal ? address((Blocked) finding, address) : address, permission, false);
        unit.deliver();
        return -1L - Math.max(AmdViModel.ABORTED, event.code());
    }

    @Override
    public void pageRequest(int requester, int pasid, long iova, int permissions, int group, boolean last) {
        int deviceId = requester & AmdVi.MAX_DEVICE_ID;
        Finding finding = unit.on() ? unit.find(deviceId, pasid).finding() : null;
        Structure dte = finding == null ? null : entry(finding);
        int refused = 0;
        if (dte == null || !dte.is(DeviceTableEntry.VALID) || !dte.is(DeviceTableEntry.PAGE_REQUESTS) || !enabled()) {
            refused = INVALID_REQUEST;
            if (finding != null) {
                events.request(Event.INVALID_PPR_REQUEST, deviceId, pasid, dte, iova, permissions, false);
            }
        } else if (!log.append(record(deviceId, pasid, permissions, group, last), iova & -AmdVi.PAGE_BYTES)) {
            refused = RESPONSE_FAILURE;
        }
        unit.deliver();
        if (refused != 0 && last) {
            respond(deviceId, pasid, group, refused);
        }
    }

    private boolean enabled() {
        return ControlRegisters.PPR.get(registers.read32(ControlRegisters.CONTROL.offset())) != 0;
    }

    private static long record(int deviceId, int pasid, int permissions, int group, boolean last) {
        boolean tagged = pasid != TranslationRequest.NO_PASID;
        return LogEntries.PPR_CODE.put(LogEntries.PAGE_SERVICE_REQUEST) | LogEntries.PPR_DEVICE.put(deviceId) | LogEntries.PPR_TAG.put(group)
                | LogEntries.PPR_LAST.put(last ? 1 : 0) | LogEntries.PPR_EXEC.put((permissions & Permissions.EXECUTE) != 0 ? 1 : 0)
                | LogEntries.PPR_READ.put(permissions & Permissions.READ) | LogEntries.PPR_WRITE.put((permissions & Permissions.WRITE) != 0 ? 1 : 0)
                | (tagged ? LogEntries.PPR_GUEST.put(1) | LogEntries.PPR_USER.put(1) | LogEntries.PPR_PASID_LOW.put(pasid)
                | LogEntries.PPR_PASID_HIGH.put(pasid >>> PASID_LOW_BITS) : 0);
    }

    /** Answers a group of page requests. */
    void respond(int deviceId, int pasid, int group, int code) {
        DeviceSide now = side;
        if (now != null) {
            now.pageResponse(deviceId, pasid, group, code);
        }
    }

    /** Has a device forget translations; false if there is no device that could answer. */
    boolean invalidate(int deviceId, int pasid, long first, long last) {
        DeviceSide now = side;
        if (now == null) {
            return false;
        }
        now.invalidate(deviceId, pasid, first, last);
        return true;
    }

    /** Domain of a device, or -1. */
    int domain(int deviceId) {
        Structure dte = entry(unit.find(deviceId, TranslationRequest.NO_PASID).finding());
        return dte == null || !dte.is(DeviceTableEntry.VALID) ? -1 : (int) dte.get(DeviceTableEntry.DOMAIN);
    }
}
