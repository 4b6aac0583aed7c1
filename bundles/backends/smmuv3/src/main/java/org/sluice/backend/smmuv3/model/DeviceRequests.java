// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup.StreamFinding;
import org.sluice.backend.smmuv3.lookup.Events;
import org.sluice.backend.smmuv3.lookup.Events.Transaction;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.Messages;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitModel;

/**
 * ATS (section 3.9): translation requests, translated transactions, and the way back to devices' caches and page requests. Streams use
 * full ATS; the split-stage form is not offered (IDR0.NS1ATS). Thread-safe.
 */
final class DeviceRequests implements DeviceTranslation {
    private static final int PAGE_BYTES = 4096;
    private static final int FULL = 1;

    private final Core core;
    private final PageRequests pages;
    /** Requesters with the SubstreamIDs that they have asked for: {@code requester << 32 | substream + 1}. */
    private final Set<Long> askers = ConcurrentHashMap.newKeySet();
    private volatile DeviceSide side;

    /** What this needs of the unit. */
    record Core(Supplier<Live> live, Configurations configurations, PerThread<Walk> walks, EventLog events, Messages messages) {
    }

    DeviceRequests(Core core, PageRequests pages) {
        this.core = core;
        this.pages = pages;
    }

    @Override
    public void setDeviceSide(DeviceSide newSide) {
        side = newSide;
    }

    @Override
    public Completion request(int requester, int pasid, long iova, int permissions, Reply reply) {
        reply.address = 0;
        reply.size = 0;
        reply.permissions = 0;
        reply.untranslatedOnly = false;
        Live now = core.live.get();
        if (now.gate() != null) {
            return refused(requester, pasid, iova, permissions);
        }
        StreamFinding stream = core.configurations.stream(requester);
        if (stream.stopped() == null && stream.entry().is(StreamEntry.VALID) && aborts(stream.entry())) {
            return Completion.UNSUPPORTED_REQUEST;
        }
        if (stream.legal(now.lookup()) && !allows(stream.entry())) {
            return refused(requester, pasid, iova, permissions);
        }
        Finding finding = core.configurations.find(requester, pasid);
        if (finding instanceof Translated context) {
            return translated(new Transaction(requester, pasid, iova, Permissions.READ), context, permissions, reply);
        }
        if (finding instanceof PassThrough pass) {
            // Only stage 1 was passed by: a stream without any stage has no ATS.
            reply.address = iova;
            reply.size = PAGE_BYTES;
            reply.permissions = iova >>> pass.width() == 0 ? permissions : 0;
            return answered(requester, pasid);
        }
        return finding instanceof Blocked blocked ? blocked(new Transaction(requester, pasid, iova, Permissions.READ), blocked, now)
                : Completion.COMPLETER_ABORT;
    }

    private static boolean aborts(Structure ste) {
        return ste.get(StreamEntry.CONFIG) < StreamEntry.BYPASS;
    }

    private static boolean allows(Structure ste) {
        return ste.get(StreamEntry.CONFIG) > StreamEntry.BYPASS && ste.get(StreamEntry.EATS) == FULL;
    }

    private Completion answered(int requester, int pasid) {
        askers.add((long) requester << Integer.SIZE | pasid + 1);
        return Completion.SUCCESS;
    }

    /** F_BAD_ATS_TREQ. */
    private Completion refused(int requester, int pasid, long iova, int permissions) {
        long[] words = EventRecord.write(SmmuEvent.F_BAD_ATS_TREQ, requester, pasid, iova, permissions, EventRecord.Subject.NONE);
        words[1] = EventRecord.ATS_READ.put(permissions & Permissions.READ) | EventRecord.ATS_WRITE.put((permissions & Permissions.WRITE) >> 1)
                | EventRecord.ATS_EXECUTE.put((permissions & Permissions.EXECUTE) >> 2);
        words[2] = EventRecord.ATS_ADDRESS.address(iova);
        record(words);
        return Completion.UNSUPPORTED_REQUEST;
    }

    private void record(long[] words) {
        if (words != null) {
            core.events.record(words);
            core.messages.deliver();
        }
    }

    /** Configuration errors are recorded on request only; a stage-2 fault on the way to a context descriptor is a page that is not there. */
    private Completion blocked(Transaction t, Blocked blocked, Live now) {
        if (blocked.event().recordedOnRequest()) {
            return answered(t.streamId(), t.substream());
        }
        boolean recorded = now.state().get(ControlRegisters.CR2, ControlRegisters.RECORD_ATS_CONFIGURATION) != 0
                && blocked.event() != SmmuEvent.F_STREAM_DISABLED;
        record(recorded ? Events.record(t, blocked) : null);
        return Completion.COMPLETER_ABORT;
    }

    private Completion translated(Transaction t, Translated context, int permissions, Reply reply) {
        Walk walk = core.walks.get();
        for (int permission = Permissions.READ; permission <= Permissions.EXECUTE; permission <<= 1) {
            long answer = (permissions & permission) == 0 ? -1 : walk.run(context, t.address(), permission);
            if (answer >= 0) {
                reply.address = answer;
                reply.size = 1L << walk.walker().pageShift();
                reply.permissions |= permission;
            } else if ((permissions & permission) != 0 && (answer == StageWalker.UNKNOWN || StageWalker.event(answer) == SmmuEvent.F_WALK_EABT)) {
                record(answer == StageWalker.UNKNOWN ? null : Events.record(t, context, SmmuEvent.F_WALK_EABT, walk.walker()));
                reply.permissions = 0;
                return Completion.COMPLETER_ABORT;
            }
        }
        return answered(t.streamId(), t.substream());
    }

    /** Section 3.9.1.3: with ATSCHK the stream's entry is looked at, without it the address passes. */
    @Override
    public long translated(int requester, long address, int permission) {
        Live now = core.live.get();
        if (now.gate() != null) {
            return forbidden(requester, address, permission);
        }
        if (now.state().get(ControlRegisters.CR0, ControlRegisters.ATS_CHECK) != 0) {
            StreamFinding stream = core.configurations.stream(requester);
            if (!stream.legal(now.lookup()) || aborts(stream.entry())) {
                return -1L - Smmuv3Unit.ABORTED;
            }
            if (!allows(stream.entry())) {
                return forbidden(requester, address, permission);
            }
        }
        return address >>> now.state().outputBits() == 0 ? address : -1L - Smmuv3Unit.ABORTED;
    }

    private long forbidden(int requester, long address, int permission) {
        record(EventRecord.write(SmmuEvent.F_TRANSL_FORBIDDEN, requester, TranslationRequest.NO_PASID, address, permission, EventRecord.Subject.NONE));
        return -1L - SmmuEvent.F_TRANSL_FORBIDDEN.code();
    }

    @Override
    public void pageRequest(int requester, int pasid, long iova, int permissions, int group, boolean last) {
        int answer = pages.put(requester, pasid, iova, permissions, group, last);
        core.messages.deliver();
        DeviceSide to = side;
        if (answer >= 0 && last && to != null) {
            StreamFinding stream = core.live.get().gate() == null ? core.configurations.stream(requester) : null;
            boolean tagged = stream != null && stream.stopped() == null && stream.entry().is(StreamEntry.RESPONSE_PASID);
            to.pageResponse(requester, tagged ? pasid : TranslationRequest.NO_PASID, group, answer);
        }
    }

    /** PRI_RESP. */
    void respond(int streamId, int substream, int group, int answer) {
        DeviceSide to = side;
        if (to != null) {
            to.pageResponse(streamId, substream, group, PageRequests.code(answer));
        }
    }

    /** ATC_INV; false if nobody answers. */
    boolean invalidate(int streamId, int substream, boolean everySubstream, long start, long last) {
        DeviceSide to = side;
        if (to == null) {
            return false;
        }
        if (everySubstream) {
            askers.stream().filter(a -> (int) (a >>> Integer.SIZE) == streamId && a.intValue() > 0)
                    .forEach(a -> to.invalidate(streamId, a.intValue() - 1, start, last));
        } else {
            to.invalidate(streamId, substream, start, last);
        }
        return true;
    }
}
