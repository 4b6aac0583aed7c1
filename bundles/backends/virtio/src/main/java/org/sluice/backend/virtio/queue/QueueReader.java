// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.RingLayouts;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.queue.SplitQueue.Chain;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.UnitContext;

/**
 * Pending requests and reported faults of one unit. A request's buffer is the driver's again once it is served, so served ones are not
 * listed; an event's buffer keeps what the device wrote until it is used again. Not thread-safe.
 */
public final class QueueReader {
    private static final String REQUESTS = "request-queue";
    private static final String EVENTS = "event-queue";
    private static final int INDEX_MASK = 0xffff;

    private final UnitContext unit;
    private final DescribedState described;

    /** An event with its place. */
    private record Event(int index, long address, Structure structure) {
    }

    public QueueReader(UnitContext unit, DescribedState described) {
        this.unit = unit;
        this.described = described;
    }

    /** Memory of the rings of both queues. */
    public List<AddressRange> rings() {
        List<AddressRange> ranges = new ArrayList<>();
        for (int queue = Virtio.REQUEST_QUEUE; queue <= Virtio.EVENT_QUEUE; queue++) {
            SplitQueue split = split(queue);
            if (split != null) {
                split.rings().forEach(r -> ranges.add(AddressRange.ofSize(r[0], r[1])));
            }
        }
        return ranges;
    }

    /** The queue of that index; null if there is none, or if it is packed, which is not decoded. */
    private SplitQueue split(int index) {
        Attributes attributes = unit.unit().attributes();
        if (described.state().config().has(ConfigSpace.RING_PACKED, false)) {
            return null;
        }
        return attributes.children("virtqueues").stream().filter(q -> q.number("index").orElse(-1L) == index).findFirst()
                .map(q -> SplitQueue.of(unit.memory(), q)).orElse(null);
    }

    /** How far the device has taken buffers: what the description says, or what the used ring shows. */
    private int taken(int index, SplitQueue queue) {
        return unit.unit().attributes().children("virtqueues").stream().filter(q -> q.number("index").orElse(-1L) == index).findFirst()
                .flatMap(q -> q.number("lastAvailIndex")).map(i -> (int) (i & INDEX_MASK)).orElseGet(queue::usedIndex);
    }

    /** Pending requests, then reported events, each in order. */
    public List<QueueEntry> entries() {
        List<QueueEntry> entries = new ArrayList<>();
        SplitQueue requests = split(Virtio.REQUEST_QUEUE);
        if (requests != null) {
            pending(requests, entries);
        }
        for (Event event : events()) {
            entries.add(new QueueEntry(EVENTS, event.index(), event.address(), false, Events.FAULT.name(), event.structure().words(),
                    event.structure().decode(), text(event.structure())));
        }
        return entries;
    }

    private void pending(SplitQueue queue, List<QueueEntry> entries) {
        int from = taken(Virtio.REQUEST_QUEUE, queue);
        int to = queue.availableIndex();
        if (from == GuestBytes.ABSENT || to == GuestBytes.ABSENT) {
            return;
        }
        int count = Math.min(SplitQueue.distance(from, to), queue.size());
        for (int i = 0; i < count; i++) {
            int at = from + i & INDEX_MASK;
            Chain chain = queue.availableAt(at);
            if (chain != null) {
                entries.add(request(at, chain));
            }
        }
    }

    private static QueueEntry request(int at, Chain chain) {
        byte[] bytes = chain.readable();
        StructureLayout layout = bytes == null || bytes.length == 0 ? null : RequestLayouts.of(bytes[0] & 0xff);
        if (layout == null || bytes.length < layout.bytes() || chain.trouble() != null) {
            String why = chain.trouble() != null ? chain.trouble() : layout == null ? "no request of a known type" : "cut short: "
                    + bytes.length + " of " + layout.bytes() + " bytes";
            return new QueueEntry(REQUESTS, at, chain.address(), true, RingLayouts.DESCRIPTOR.name(),
                    bytes == null ? List.of() : list(GuestBytes.words(bytes)), List.of(), why);
        }
        Structure structure = Structure.of(layout, chain.address(), GuestBytes.words(Arrays.copyOf(bytes, layout.bytes())));
        return new QueueEntry(REQUESTS, at, chain.address(), true, layout.name(), structure.words(), structure.decode(),
                RequestReplay.decode(bytes).toString());
    }

    private static List<Long> list(long[] words) {
        return Arrays.stream(words).boxed().toList();
    }

    /** Faults reported, oldest first. */
    public List<FaultRecord> faults() {
        List<FaultRecord> records = new ArrayList<>();
        for (Event event : events()) {
            long head = event.structure().word(0);
            int reason = (int) Events.REASON.get(head);
            Fault fault = Events.of(reason).orElseGet(() -> new Fault("REASON_" + reason, reason, "a reason that the specification does not have",
                    Events.UNKNOWN.clause()));
            records.add(new FaultRecord(unit.unit().name(), event.index(), device(event.structure()), TranslationRequest.NO_PASID,
                    Events.ADDRESS_VALID.get(head) != 0 ? event.structure().get(Events.ADDRESS) : 0, access(head), fault, text(event.structure())));
        }
        return records;
    }

    /** What the last round of the event queue left in its buffers; of a buffer used twice the newer event. */
    private List<Event> events() {
        SplitQueue queue = split(Virtio.EVENT_QUEUE);
        int end = queue == null ? GuestBytes.ABSENT : queue.usedIndex();
        List<Event> events = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        // Before the first round is over, the slots from the end on were never used. (Right after the index wraps at 2^16 this shows less
        // than there is, never more.)
        for (int back = 1; back <= end && back <= queue.size(); back++) {
            int at = end - back & INDEX_MASK;
            Chain chain = queue.usedAt(at);
            byte[] bytes = chain == null || chain.writableAt() == -1 || !seen.add(chain.head()) ? null
                    : GuestBytes.read(unit.memory(), chain.writableAt(), Events.BYTES);
            if (bytes != null) {
                events.add(new Event(at, chain.writableAt(), Structure.of(Events.FAULT, chain.writableAt(), GuestBytes.words(bytes))));
            }
        }
        Collections.reverse(events);
        return events;
    }

    private DeviceId device(Structure event) {
        long id = event.get(Events.ENDPOINT);
        Endpoint endpoint = described.state().endpoint(id);
        return endpoint != null ? endpoint.device() : described.deviceOf(id);
    }

    private static String access(long head) {
        return (Events.READ.get(head) != 0 ? "r" : "") + (Events.WRITE.get(head) != 0 ? "w" : "") + (Events.EXEC.get(head) != 0 ? "x" : "");
    }

    private static String text(Structure event) {
        long head = event.word(0);
        String name = Events.of((int) Events.REASON.get(head)).map(Fault::name).orElse("reason " + Events.REASON.get(head));
        String where = Events.ADDRESS_VALID.get(head) != 0 ? " at " + Hex.of(event.get(Events.ADDRESS)) : "";
        String access = access(head);
        return name + " endpoint " + Hex.of(event.get(Events.ENDPOINT)) + where + (access.isEmpty() ? "" : " access " + access);
    }
}
