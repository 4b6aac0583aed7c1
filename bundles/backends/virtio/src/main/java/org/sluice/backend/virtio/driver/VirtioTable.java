// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Request;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/**
 * One domain as the driver asked for it. The device forgets a domain's mappings with its last endpoint, so they are kept here too, and
 * asked for again at the next attach. The device cannot cut a mapping: unmapping part of one takes all of it out and puts the rest back,
 * and an access to the rest may fault in between. Not thread-safe.
 */
final class VirtioTable implements DomainTable {
    private final VirtioDriver driver;
    private final int id;
    private final Domain kept;
    private int attached;

    VirtioTable(VirtioDriver driver, int id) {
        this.driver = driver;
        this.id = id;
        kept = new Domain(Integer.toUnsignedLong(id), false);
    }

    @Override
    public int domain() {
        return id;
    }

    long deviceDomain() {
        return kept.id();
    }

    boolean isAttached() {
        return attached > 0;
    }

    void attached(int change) {
        attached += change;
    }

    boolean belongsTo(VirtioDriver other) {
        return driver == other;
    }

    /** Whether something is mapped between the two addresses. */
    boolean touches(long start, long last) {
        return kept.mappings().firstWithin(start, last) != IntervalMap.NONE;
    }

    /** What makes the device's domain hold the same. */
    List<Request> replay() {
        List<Request> requests = new ArrayList<>();
        IntervalMap m = kept.mappings();
        for (long at = m.first(); at != IntervalMap.NONE; at = m.next(at)) {
            requests.add(new Request.Map(kept.id(), m.start(at), m.last(at), m.output(at), m.flags(at)));
        }
        return requests;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        long last = iova + (size - 1);
        if (size == 0 || !driver.canExpress(this, iova, last, output, permissions)) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        if (touches(iova, last)) {
            return Outcome.EXISTS;
        }
        int flags = driver.flags(permissions);
        Request request = new Request.Map(kept.id(), iova, last, output, flags);
        Outcome outcome = isAttached() ? driver.map(request) : Outcome.OK;
        if (outcome == Outcome.OK) {
            kept.mappings().add(iova, last, output, flags);
        }
        return outcome;
    }

    @Override
    public long unmap(long iova, long size) {
        if (size == 0) {
            return 0;
        }
        long last = iova + (size - 1);
        driver.checkGranule(iova, last);
        IntervalMap m = kept.mappings();
        long at = m.firstWithin(iova, last);
        if (at == IntervalMap.NONE) {
            return 0;
        }
        long first = Long.compareUnsigned(m.start(at), iova) < 0 ? m.start(at) : iova;
        long end = last;
        long bytes = 0;
        List<Request.Map> rest = new ArrayList<>();
        for (; at != IntervalMap.NONE && Long.compareUnsigned(m.start(at), last) <= 0; at = m.next(at)) {
            long start = m.start(at);
            long stop = m.last(at);
            bytes += stop - start + 1;
            if (Long.compareUnsigned(start, iova) < 0) {
                rest.add(new Request.Map(kept.id(), start, iova - 1, m.output(at), m.flags(at)));
                bytes -= iova - start;
            }
            if (Long.compareUnsigned(stop, last) > 0) {
                rest.add(new Request.Map(kept.id(), last + 1, stop, m.output(at) + (last + 1 - start), m.flags(at)));
                bytes -= stop - last;
                end = stop;
            }
        }
        if (isAttached()) {
            driver.require(new Request.Unmap(kept.id(), first, end, 0));
        }
        m.remove(first, end);
        for (Request.Map piece : rest) {
            if (isAttached()) {
                driver.require(piece);
            }
            m.add(piece.start(), piece.last(), piece.output(), piece.flags());
        }
        return bytes;
    }

    /** The device does not track writes. */
    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        // Nothing to visit.
    }

    /** The device keeps what it was asked for. */
    @Override
    public long tableBytes() {
        return 0;
    }

    @Override
    public TableView view() {
        return kept;
    }

    @Override
    public void release() {
        driver.release(this);
        kept.mappings().remove(0, -1L);
    }
}
