// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.EnumSet;
import java.util.Set;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.QueueDescriptors;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.StageWalker;
import org.sluice.kit.layout.Structure;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitModel;

/**
 * What devices with translation caches ask of the unit (sections 4.1 and 7): translations, accesses with translated addresses, pages.
 * Missing pages are no fault of a translation request; what is wrong on the way to the tables is recorded. Thread-safe.
 */
final class DeviceRequests implements DeviceTranslation, InvalidationQueue.DeviceCalls {
    /** Answers to page requests. */
    private static final int SUCCESS = 0;
    private static final int INVALID = 1;
    private static final int FAILURE = 15;
    /** What a translation request is answered without any permission, and without a record. */
    private static final Set<FaultReason> NO_PERMISSION = EnumSet.of(FaultReason.WRITE_DENIED, FaultReason.READ_DENIED, FaultReason.BEYOND_WIDTH,
            FaultReason.SM_DENIED, FaultReason.SM_WRITE_DENIED, FaultReason.SM_READ_DENIED, FaultReason.SM_BEYOND_WIDTH, FaultReason.FS_NOT_PRESENT,
            FaultReason.USER_DENIED, FaultReason.EXECUTE_DENIED, FaultReason.EXECUTE_DISABLED, FaultReason.NON_CANONICAL,
            FaultReason.FS_ENTRY_BEYOND_WIDTH, FaultReason.FS_ROOT_DENIED, FaultReason.FS_ENTRY_DENIED, FaultReason.FS_UPDATE_DENIED);

    private final VtdUnit unit;
    private final FaultRecorder faults;
    private final PageRequestQueue pages;
    private volatile DeviceSide side;

    /** @param pages null if the unit takes no page requests */
    DeviceRequests(VtdUnit unit, FaultRecorder faults, PageRequestQueue pages) {
        this.unit = unit;
        this.faults = faults;
        this.pages = pages;
    }

    @Override
    public void setDeviceSide(DeviceSide newSide) {
        side = newSide;
    }

    @Override
    public Completion request(int requester, int pasid, long iova, int permissions, Reply reply) {
        reply.address = iova & -Vtd.PAGE_BYTES;
        reply.size = Vtd.PAGE_BYTES;
        reply.permissions = 0;
        reply.untranslatedOnly = false;
        int sourceId = VtdUnit.sourceId(requester);
        if (!unit.isTranslating()) {
            return Completion.UNSUPPORTED_REQUEST;
        }
        Finding finding = unit.find(sourceId, pasid);
        FaultReason refusal = refusal(finding);
        if (refusal == null && finding instanceof Blocked blocked) {
            refusal = blocked.reason();
        }
        if (refusal != null || !(finding instanceof Translated || finding instanceof PassThrough)) {
            record(sourceId, pasid, iova, permissions, refusal, FaultRecorder.TRANSLATION_REQUEST, finding);
            return Completion.UNSUPPORTED_REQUEST;
        }
        if (Vtd.INTERRUPT_WINDOW.contains(iova)) {
            // Messages are written with untranslated requests (section 3.14).
            reply.untranslatedOnly = pasid == TranslationRequest.NO_PASID;
            reply.permissions = reply.untranslatedOnly ? permissions & Permissions.WRITE : 0;
            return Completion.SUCCESS;
        }
        if (finding instanceof PassThrough) {
            reply.address = iova;
            reply.permissions = permissions;
            return Completion.SUCCESS;
        }
        return translate((Translated) finding, sourceId, pasid, iova, permissions, reply);
    }

    private Completion translate(Translated context, int sourceId, int pasid, long iova, int permissions, Reply reply) {
        StageWalker walker = unit.walker();
        int first = (permissions & Permissions.WRITE) != 0 ? Permissions.WRITE : Permissions.READ;
        long answer = unit.walk(context, iova, first);
        if (answer < 0 && isDenied(answer) && first == Permissions.WRITE && (permissions & ~Permissions.WRITE) != 0) {
            answer = unit.walk(context, iova, Permissions.READ);
        }
        if (answer >= 0) {
            reply.address = answer;
            reply.size = 1L << walker.pageShift();
            reply.permissions = permissions & walker.permissions() & (context.executes() ? Permissions.ALL : Permissions.READ_WRITE);
            return Completion.SUCCESS;
        }
        if (isDenied(answer)) {
            return Completion.SUCCESS;
        }
        boolean unknown = answer == StageWalker.UNKNOWN || answer == StageWalker.NEEDS_ECAP;
        record(sourceId, pasid, iova, permissions, unknown ? null : StageWalker.reason(answer), FaultRecorder.TRANSLATION_REQUEST, context);
        return Completion.COMPLETER_ABORT;
    }

    private static boolean isDenied(long answer) {
        return answer > StageWalker.NEEDS_ECAP && NO_PERMISSION.contains(StageWalker.reason(answer));
    }

    @Override
    public long translated(int requester, long address, int permission) {
        int sourceId = VtdUnit.sourceId(requester);
        if (!unit.isTranslating() || unit.isProtected(address)) {
            return -1L - VtdUnit.BLOCKED;
        }
        Finding finding = unit.find(sourceId, TranslationRequest.NO_PASID);
        FaultReason refusal = refusal(finding);
        if (refusal == null && Vtd.INTERRUPT_WINDOW.contains(address)) {
            refusal = isScalable(finding) ? FaultReason.SM_INTERRUPT_OUTPUT : FaultReason.INTERRUPT_OUTPUT;
        }
        if (refusal == null && context(finding) != null) {
            return UnitModel.PASS_THROUGH;
        }
        record(sourceId, TranslationRequest.NO_PASID, address, permission, refusal, FaultRecorder.TRANSLATED, finding);
        return -1L - (refusal == null ? VtdUnit.BLOCKED : refusal.code());
    }

    /** Why the context entry does not let a device use translations; null if it does, or if it is not known. */
    private static FaultReason refusal(Finding finding) {
        Structure context = context(finding);
        if (context == null) {
            return finding instanceof Blocked blocked ? blocked.reason() : null;
        }
        if (context.layout() == ContextEntry.LAYOUT) {
            return context.get(ContextEntry.TRANSLATION_TYPE) == ContextEntry.ALL_REQUESTS ? null : FaultReason.REQUEST_BLOCKED;
        }
        return context.is(ScalableContextEntry.DEVICE_TLB_ENABLE) ? null : FaultReason.DEVICE_TLB_DISABLED;
    }

    /** The requester's context entry, if nothing is wrong with it. */
    private static Structure context(Finding finding) {
        Structure found = null;
        for (Structure s : finding.trail()) {
            if (s.layout() == ContextEntry.LAYOUT || s.layout() == ScalableContextEntry.LAYOUT) {
                found = s;
            }
        }
        boolean stoppedThere = found != null && found == finding.trail().get(finding.trail().size() - 1)
                && finding instanceof Blocked blocked && !isOfPasid(blocked.reason());
        return stoppedThere ? null : found;
    }

    /** Whether the context entry is in order, and only the PASID is not. */
    private static boolean isOfPasid(FaultReason reason) {
        return reason == FaultReason.PASID_DISABLED || reason == FaultReason.PASID_BEYOND_DIRECTORY || reason == FaultReason.RID_PASID_INVALID
                || reason == FaultReason.PASID_DIRECTORY_ACCESS;
    }

    private static boolean isScalable(Finding finding) {
        Structure context = context(finding);
        return context != null && context.layout() == ScalableContextEntry.LAYOUT;
    }

    private void record(int sourceId, int pasid, long iova, int permissions, FaultReason reason, int kind, Finding finding) {
        boolean quiet = finding instanceof Blocked blocked ? blocked.quiet() : finding instanceof Translated t ? t.quiet()
                : finding instanceof PassThrough pass && pass.quiet();
        if (reason != null && !(quiet && reason.qualified())) {
            int access = (permissions & Permissions.WRITE) != 0 ? Permissions.WRITE : permissions & Permissions.EXECUTE;
            faults.recordDevice(sourceId, pasid, iova, access, reason, kind);
            unit.deliver();
        }
    }

    @Override
    public void pageRequest(int requester, int pasid, long iova, int permissions, int group, boolean last) {
        int sourceId = VtdUnit.sourceId(requester);
        int answer = pages == null || !unit.isTranslating() ? FAILURE : judge(sourceId, pasid, iova, permissions);
        if (answer == SUCCESS) {
            boolean tagged = pasid != TranslationRequest.NO_PASID;
            boolean stored = pages.put(QueueDescriptors.REQUEST_TYPE.put(1) | QueueDescriptors.REQUEST_TAGGED.put(tagged ? 1 : 0)
                    | QueueDescriptors.REQUEST_SOURCE.put(sourceId) | QueueDescriptors.REQUEST_PASID.put(tagged ? pasid : 0)
                    | QueueDescriptors.REQUEST_EXECUTE.put(permissions >>> 2),
                    (permissions & Permissions.READ_WRITE) | QueueDescriptors.GROUP_LAST.put(last ? 1 : 0) | QueueDescriptors.GROUP.put(group)
                    | QueueDescriptors.ADDRESS.address(iova));
            unit.deliver();
            if (stored) {
                return;
            }
        }
        if (last) {
            respond(sourceId, pasid, group, answer);
        }
    }

    /** The answer that a request gets at once unless it is {@link #SUCCESS}, which means that software is to be asked. */
    private int judge(int sourceId, int pasid, long iova, int permissions) {
        Finding finding = unit.find(sourceId, pasid);
        Structure context = context(finding);
        FaultReason reason = null;
        if (context == null) {
            reason = finding instanceof Blocked blocked ? blocked.reason() : null;
            // A legacy unit has no page groups, whatever its tables say of the PASID.
            reason = reason == FaultReason.PASID_IN_LEGACY_MODE ? FaultReason.PAGE_GROUP_IN_LEGACY_MODE : reason;
        } else if (context.layout() == ContextEntry.LAYOUT) {
            reason = FaultReason.PAGE_GROUP_IN_LEGACY_MODE;
        } else if (!context.is(ScalableContextEntry.PAGE_REQUEST_ENABLE)) {
            reason = FaultReason.PAGE_REQUEST_DISABLED;
        } else if (finding instanceof Blocked blocked && isOfPasid(blocked.reason())) {
            reason = blocked.reason();
        } else {
            return SUCCESS;
        }
        record(sourceId, pasid, iova, permissions, reason, FaultRecorder.PAGE_REQUEST, finding);
        return INVALID;
    }

    /** Software's answer, or the unit's own. */
    @Override
    public void respond(int sourceId, int pasid, int group, int code) {
        DeviceSide to = side;
        if (to != null) {
            to.pageResponse(sourceId, pasid, group, code);
        }
    }

    @Override
    public void invalidate(int sourceId, int pasid, long first, long last) {
        DeviceSide to = side;
        if (to != null) {
            to.invalidate(sourceId, pasid, first, last);
        }
    }
}
