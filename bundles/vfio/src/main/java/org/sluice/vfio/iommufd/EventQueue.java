// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * Events of one type of a virtual unit. Each has a sequence number; what finds no place counts too, and a header says so if nothing came
 * after it, so a reader sees from the gap how many were lost.
 */
final class EventQueue extends IommufdObject {
    /** Bytes of the header before each event: flags, sequence. */
    static final int HEADER = 8;
    static final int MAX_DEPTH = 1 << 19;

    private final ViommuObject viommu;
    private final int type;
    private final int depth;
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private int sequence;
    private Event lost;

    EventQueue(ViommuObject viommu, int type, int depth) {
        super(viommu.context);
        this.viommu = viommu;
        this.type = type;
        this.depth = depth;
    }

    /** @param data null if events were lost: the header is all there is */
    record Event(int sequence, byte[] data) {
        int size() {
            return HEADER + (data == null ? 0 : data.length);
        }
    }

    void add(byte[] data) {
        if (events.size() == depth) {
            lost = new Event(sequence, null);
        } else {
            lost = null;
            events.add(new Event(sequence, data.clone()));
        }
        sequence = sequence == Integer.MAX_VALUE ? 0 : sequence + 1;
    }

    /** Whole events that fit into so many bytes, oldest first; {@code EINVAL} if not even the first does. */
    List<Event> take(int bytes) {
        if (bytes < HEADER) {
            throw new VfioException(Errno.EINVAL, "an event has at least " + HEADER + " bytes");
        }
        List<Event> taken = new ArrayList<>();
        int left = bytes;
        while (!events.isEmpty() && events.peek().size() <= left) {
            left -= events.peek().size();
            taken.add(events.remove());
        }
        if (events.isEmpty() && lost != null && lost.size() <= left) {
            taken.add(lost);
            lost = null;
        }
        if (taken.isEmpty() && isReady()) {
            throw new VfioException(Errno.EINVAL, "the next event has more than " + bytes + " bytes");
        }
        return taken;
    }

    boolean isReady() {
        return !events.isEmpty() || lost != null;
    }

    @Override
    void release() {
        viommu.events.remove(type);
        viommu.unuse();
    }

    @Override
    String state() {
        return this + " of " + viommu + " type " + type + " events " + events.size() + " sequence " + sequence + " lost " + (lost != null);
    }
}
