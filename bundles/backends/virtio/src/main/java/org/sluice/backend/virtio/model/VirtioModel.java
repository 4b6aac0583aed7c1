// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.StampedLock;

import org.sluice.api.Permissions;
import org.sluice.backend.virtio.inspect.VirtioInspector;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.Chain;
import org.sluice.backend.virtio.ring.DeviceQueue;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.state.AccessCheck;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.backend.virtio.state.DeviceState;
import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.backend.virtio.state.StateDescription;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.machine.Attributes;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * The device. It begins in the state that the description holds, and a driver that resets it finds it fresh: it serves the request queue
 * when notified, and reports faults through the event queue as long as the driver offers buffers. Requesters are endpoint ids. What cannot
 * be told is refused, never let through.
 *
 * <p>Translations run beside requests: they look without a lock and look again if a request came between, so that one which began after
 * a request's buffer was given back never sees the state before. What they found is kept in a cache, tagged by endpoint, from which a
 * request has taken what it ended before its buffer is given back. Queues and registers are under the register file's monitor.
 */
public final class VirtioModel implements UnitModel, Transport.Device {
    /** More of a request is not read: no type is longer. */
    private static final int MAX_REQUEST = 128;
    private static final int LOG2_CACHE = 14;
    private static final int MAX_PROBE = 1 << 16;
    /** A guest cannot make the device hold more than this. */
    private static final Limits LIMITS = new Limits(1 << 16, 1 << 22);
    private static final long RING_FEATURES =
            ConfigSpace.VERSION_1.put(1) | ConfigSpace.INDIRECT_DESC.put(1) | ConfigSpace.RING_PACKED.put(1);
    /** Of the features of the device type, those up to BYPASS_CONFIG. */
    private static final long TYPE_FEATURES = (1L << ConfigSpace.BYPASS_CONFIG.low() + 1) - 1;

    private final UnitContext unit;
    private final DescribedState given;
    private final GuestMemory memory;
    private final DeviceState state;
    private final RequestReplay requests;
    private final Transport transport;
    private final StampedLock lock = new StampedLock();
    /** Endpoints that the device keeps or the machine says it serves, ascending; of the latter the endpoint is null. */
    private final int[] ids;
    private final Endpoint[] endpoints;
    private final boolean[] told;
    private boolean stated;
    private final PerThread<AccessCheck> checks;
    private final TranslationCache cache = new TranslationCache(LOG2_CACHE);
    private final long[] words = new long[MAX_REQUEST / Long.BYTES];

    public VirtioModel(UnitContext unit) {
        this(unit, GuestMemory.of(unit.memory()));
    }

    /** @param memory the unit's memory, or what stands in for it */
    public VirtioModel(UnitContext unit, GuestMemory memory) {
        DescribedState described = new DescribedState(unit, LIMITS);
        this.unit = unit;
        given = described;
        this.memory = memory;
        state = described.state();
        requests = new RequestReplay(state);
        stated = unit.unit().attributes().has("endpoints");
        ids = described.served().stream().mapToInt(Long::intValue).sorted().toArray();
        endpoints = new Endpoint[ids.length];
        told = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            long id = Integer.toUnsignedLong(ids[i]);
            endpoints[i] = state.endpoint(id);
            told[i] = described.whyUnknown(id) == null;
        }
        DeviceConfig config = state.config();
        long features = config.features() == null ? DeviceConfig.FULL.features() : config.features() & TYPE_FEATURES;
        transport = new Transport(memory, shown(config), features | RING_FEATURES, this);
        checks = new PerThread<>(() -> new AccessCheck(state));
    }

    /** The configuration with what is not known as a full-featured device has it. */
    private static DeviceConfig shown(DeviceConfig config) {
        DeviceConfig full = DeviceConfig.FULL;
        return new DeviceConfig(config.features(), config.pageSizeMask() == null ? full.pageSizeMask() : config.pageSizeMask(), config.inputRange(),
                config.domains(), config.probeSize() == null ? full.probeSize() : Long.valueOf(Math.min(config.probeSize(), MAX_PROBE)), config.bypass());
    }

    /** The domains and what is attached to them are in no memory; the inspector gets a copy of them as they are now. */
    @Override
    public Optional<Inspector> inspector() {
        long stamp = lock.readLock();
        try {
            return stated ? Optional.of(new VirtioInspector(unit, given.withState(state.copy()))) : Optional.empty();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public Attributes state() {
        long stamp = lock.readLock();
        try {
            // What is not known of the device stays as it was described: unknown.
            return stated ? StateDescription.of(state.copy()) : Attributes.EMPTY;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public RegisterPort registers() {
        return transport;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        int at = Arrays.binarySearch(ids, requester);
        if (at < 0 || pasid >= 0) {
            return lookUp(requester, at, pasid, iova, permission);
        }
        long output = cache.translate(TranslationCache.tag(at), iova, permission == Permissions.EXECUTE ? Permissions.READ : permission);
        return output >= 0 ? output : lookUp(requester, at, pasid, iova, permission);
    }

    private long lookUp(int requester, int at, int pasid, long iova, int permission) {
        AccessCheck check = checks.get();
        // The ticket comes first: what a request changes afterwards invalidates it.
        long ticket = cache.ticket(TranslationCache.tag(at));
        long stamp = lock.tryOptimisticRead();
        long answer = -1;
        boolean valid = false;
        if (stamp != 0) {
            try {
                answer = judge(check, at, pasid, iova, permission);
                valid = lock.validate(stamp);
            } catch (ArrayIndexOutOfBoundsException | NullPointerException torn) {
                // A request changed the mappings under our eyes; looked up again below.
                valid = false;
            }
        }
        if (!valid) {
            stamp = lock.readLock();
            try {
                answer = judge(check, at, pasid, iova, permission);
            } finally {
                lock.unlockRead(stamp);
            }
        }
        if (answer >= 0 && check.pageShift() != 0) {
            cache.fill(ticket, TranslationCache.tag(at), iova, check.pageShift(), answer, check.granted());
        } else if (answer < 0 && answer != PASS_THROUGH && check.fault() != null) {
            report((int) (-1 - answer), requester, iova, permission);
        }
        return answer;
    }

    private long judge(AccessCheck check, int at, int pasid, long iova, int permission) {
        if (!stated || pasid >= 0 || at >= 0 && !told[at]) {
            check.refuse(Events.UNKNOWN);
            return -1L - Events.UNKNOWN.code();
        }
        return switch (check.run(at < 0 ? null : endpoints[at], at >= 0, iova, permission)) {
            case MAPPED -> mapped(check);
            case MESSAGE, PASS_THROUGH -> PASS_THROUGH;
            case FAULT -> -1L - check.fault().code();
            case UNKNOWN -> -1L - Events.UNKNOWN.code();
        };
    }

    private static long mapped(AccessCheck check) {
        long output = check.output();
        if (output < 0) {
            return beyond(check);
        }
        check.measure();
        return output;
    }

    /** An output above 2^63 is no memory's; told as an address it would look like a fault, or like passing through. */
    private static long beyond(AccessCheck check) {
        check.refuse(Events.UNKNOWN);
        return -1L - Events.UNKNOWN.code();
    }

    /** Puts a fault into the next buffer of the event queue; without one it is dropped (Fault reporting). */
    private void report(int reason, int endpoint, long iova, int permission) {
        synchronized (transport.monitor()) {
            DeviceQueue queue = transport.queue(Virtio.EVENT_QUEUE);
            Chain chain = queue == null ? null : queue.take();
            if (queue != null && queue.isBroken()) {
                transport.fail();
            }
            if (chain != null) {
                byte[] event = Events.encode(reason, (permission & Permissions.WRITE) != 0, endpoint, iova);
                queue.giveBack(chain, chain.write(memory, event) ? event.length : 0);
                transport.used(queue);
            }
        }
    }

    @Override
    public void notified(int index) {
        DeviceQueue queue = transport.queue(index);
        if (index != Virtio.REQUEST_QUEUE) {
            return;
        }
        // Only what is there now: a driver that goes on offering notifies again.
        if (serve(queue, queue.waiting())) {
            transport.used(queue);
        }
        if (queue.isBroken()) {
            transport.fail();
        }
    }

    /** Serves so many requests, or fewer if there are no more; whether there was one. */
    private boolean serve(DeviceQueue queue, int most) {
        int served = 0;
        for (Chain chain = null; served < most && (chain = queue.take()) != null; served++) {
            int bytes = chain.takesWord() ? chain.read(memory, words) : 0;
            if (bytes > 0 && RequestReplay.isChange(words, bytes)) {
                // The tail is the first word of the writable part: status and zeros.
                boolean written = chain.write(memory, change().code());
                queue.giveBack(chain, written ? RequestLayouts.TAIL_BYTES : 0);
            } else {
                serveAny(queue, chain);
            }
        }
        return served > 0;
    }

    /** Carries out the MAP or UNMAP that was read. Who watches memory may look at the device at any write, so no lock is held then. */
    private Status change() {
        long stamp = lock.writeLock();
        Status status;
        try {
            status = requests.change(words);
        } finally {
            lock.unlockWrite(stamp);
        }
        if (RequestLayouts.TYPE.get(words[0]) == RequestLayouts.UNMAP_TYPE && status == Status.OK) {
            forget(state.domain(words[0] >>> Integer.SIZE), words[1], words[2]);
        }
        return status;
    }

    /** Takes out of the cache what a domain does not map any more; requests are served one by one, so it still has the same endpoints. */
    private void forget(Domain domain, long start, long last) {
        for (int i = 0; i < domain.size(); i++) {
            int at = Arrays.binarySearch(ids, (int) domain.memberId(i));
            if (at >= 0) {
                cache.invalidateRange(TranslationCache.tag(at), start, last);
            }
        }
    }

    private void serveAny(DeviceQueue queue, Chain chain) {
        int room = (int) Math.min(chain.room(), MAX_PROBE + RequestLayouts.TAIL_BYTES);
        byte[] readable = chain.read(memory, MAX_REQUEST);
        byte[] answer = new byte[0];
        if (readable != null) {
            long stamp = lock.writeLock();
            try {
                answer = requests.serve(readable, room);
            } finally {
                lock.unlockWrite(stamp);
            }
            cache.invalidateAll();
        } else if (room >= RequestLayouts.TAIL_BYTES) {
            answer = new byte[] {(byte) Status.IOERR.code(), 0, 0, 0};
        }
        queue.giveBack(chain, answer.length > 0 && chain.write(memory, answer) ? answer.length : 0);
    }

    @Override
    public void negotiated(long features) {
        long stamp = lock.writeLock();
        try {
            state.negotiate(features);
        } finally {
            lock.unlockWrite(stamp);
        }
        cache.invalidateAll();
    }

    @Override
    public void bypass(int value) {
        long stamp = lock.writeLock();
        try {
            state.writeBypass(value & 0xff);
            transport.setBypass(state.config().bypass() == null ? 0 : state.config().bypass().intValue());
        } finally {
            lock.unlockWrite(stamp);
        }
        cache.invalidateAll();
    }

    /** After a reset nothing depends on what was not known before: nothing is attached. */
    @Override
    public void reset() {
        long stamp = lock.writeLock();
        try {
            state.reset();
            state.negotiate(0);
            for (int i = 0; i < ids.length; i++) {
                if (endpoints[i] == null && !stated) {
                    endpoints[i] = new Endpoint(Integer.toUnsignedLong(ids[i]), null, List.of());
                    state.add(endpoints[i]);
                }
                told[i] = true;
            }
            stated = true;
        } finally {
            lock.unlockWrite(stamp);
        }
        cache.invalidateAll();
    }
}
