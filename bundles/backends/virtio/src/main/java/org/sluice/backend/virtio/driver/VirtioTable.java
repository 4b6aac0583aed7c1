// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint.Region;
import org.sluice.backend.virtio.state.Request;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.AddressRange;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/**
 * One domain as the driver asked for it. The device forgets a domain's mappings with its last endpoint, so they are kept here too, and
 * asked for again at the next attach. What is unmapped is gathered, and the device asked to unmap it when the caller invalidates, or before
 * something is mapped in its place. The device cannot cut a mapping: unmapping part of one takes all of it out and puts the rest back, and an
 * access to the rest may fault in between. Not thread-safe.
 */
final class VirtioTable implements DomainTable {
    private final VirtioDriver driver;
    private final int id;
    private final Domain kept;
    private final IntervalMap mappings;
    /** What is unmapped here, but not by the device yet. */
    private final GatheredRanges gathered = new GatheredRanges();
    /** What its endpoints reserve, by their ids; and all of it. */
    private final Map<Long, List<Region>> endpoints = new HashMap<>();
    private AddressRange[] reserved = {};

    VirtioTable(VirtioDriver driver, int id) {
        this.driver = driver;
        this.id = id;
        kept = new Domain(Integer.toUnsignedLong(id), false);
        mappings = kept.mappings();
    }

    @Override
    public int domain() {
        return id;
    }

    long deviceDomain() {
        return kept.id();
    }

    boolean isAttached() {
        return !endpoints.isEmpty();
    }

    void joined(long endpoint, List<Region> regions) {
        endpoints.put(endpoint, regions);
        reserve();
    }

    /** With the last endpoint the device forgets the domain. */
    void left(long endpoint) {
        endpoints.remove(endpoint);
        reserve();
        if (endpoints.isEmpty()) {
            gathered.clear();
        }
    }

    private void reserve() {
        reserved = endpoints.values().stream().flatMap(List::stream).map(Region::range).toArray(AddressRange[]::new);
    }

    boolean belongsTo(VirtioDriver other) {
        return driver == other;
    }

    /** Whether something is mapped between the two addresses. */
    boolean touches(long start, long last) {
        return mappings.firstWithin(start, last) != IntervalMap.NONE;
    }

    private boolean isReserved(long start, long last) {
        for (AddressRange range : reserved) {
            if (Long.compareUnsigned(range.start(), last) <= 0 && Long.compareUnsigned(start, range.last()) <= 0) {
                return true;
            }
        }
        return false;
    }

    /** Makes the device's domain, which is new and empty, hold the same. */
    void replay() {
        Channel channel = driver.channel();
        channel.begin();
        for (long at = mappings.first(); at != IntervalMap.NONE; at = mappings.next(at)) {
            channel.map(kept.id(), mappings.start(at), mappings.last(at), mappings.output(at), mappings.flags(at));
        }
        int status = channel.finish();
        if (status != Status.OK.code()) {
            long at = mappings.first();
            for (int i = 0; i < channel.refused(); i++) {
                at = mappings.next(at);
            }
            throw VirtioDriver.refused(new Request.Map(kept.id(), mappings.start(at), mappings.last(at), mappings.output(at), mappings.flags(at)), status);
        }
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        long last = iova + (size - 1);
        if (!isExpressible(iova, last, output, size, permissions)) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        if (touches(iova, last)) {
            return Outcome.EXISTS;
        }
        int flags = VirtioDriver.flags(permissions);
        if (isAttached()) {
            int status = mapInDevice(iova, last, output, flags);
            if (status == Status.NOMEM.code() && !gathered.isEmpty()) {
                flush();
                status = mapInDevice(iova, last, output, flags);
            }
            if (status == Status.NOMEM.code()) {
                return Outcome.NO_MEMORY;
            }
            if (status != Status.OK.code()) {
                throw VirtioDriver.refused(new Request.Map(kept.id(), iova, last, output, flags), status);
            }
        }
        mappings.add(iova, last, output, flags);
        return Outcome.OK;
    }

    private boolean isExpressible(long iova, long last, long output, long size, int permissions) {
        return size != 0 && driver.canExpress(iova, last, output, permissions) && !isReserved(iova, last);
    }

    private int mapInDevice(long iova, long last, long output, int flags) {
        makeWay(iova, last);
        Channel channel = driver.channel();
        channel.begin();
        channel.map(kept.id(), iova, last, output, flags);
        return channel.finish();
    }

    /** Before something is mapped where the device may still have what was unmapped. */
    private void makeWay(long start, long last) {
        if (gathered.touch(start, last)) {
            flush();
        }
    }

    /** As many at once as the ring has room for; of these, what the device took behind one that it refused is taken back. */
    @Override
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        int flags = VirtioDriver.flags(permissions);
        int done = 0;
        while (done < count) {
            int most = isAttached() ? Math.min(count, done + driver.channel().capacity()) : count;
            int end = firstRefused(iovas, outputs, sizes, done, most, permissions);
            int taken = isAttached() && end > done ? mapInDevice(iovas, outputs, sizes, done, end, flags) : end;
            for (int i = done; i < taken; i++) {
                mappings.add(iovas[i], iovas[i] + (sizes[i] - 1), outputs[i], flags);
            }
            if (taken < most) {
                return taken;
            }
            done = taken;
        }
        return done;
    }

    /** Index of the first that cannot be mapped, or {@code to}. */
    private int firstRefused(long[] iovas, long[] outputs, long[] sizes, int from, int to, int permissions) {
        long last = iovas[to - 1] + (sizes[to - 1] - 1);
        // They ascend, so one look at all the addresses from the first to the last mostly tells that nothing is in the way of any.
        boolean free = Long.compareUnsigned(iovas[to - 1], last) <= 0 && !isReserved(iovas[from], last) && !touches(iovas[from], last);
        int at = from;
        while (at < to && (free ? sizes[at] != 0 && driver.canExpress(iovas[at], iovas[at] + (sizes[at] - 1), outputs[at], permissions)
                : isNew(iovas[at], outputs[at], sizes[at], permissions))) {
            at++;
        }
        return at;
    }

    private boolean isNew(long iova, long output, long size, int permissions) {
        long last = iova + (size - 1);
        return isExpressible(iova, last, output, size, permissions) && !touches(iova, last);
    }

    /** Index of the first that the device refused, or {@code to}. */
    private int mapInDevice(long[] iovas, long[] outputs, long[] sizes, int from, int to, int flags) {
        makeWay(iovas[from], iovas[to - 1] + (sizes[to - 1] - 1));
        Channel channel = driver.channel();
        channel.begin();
        for (int i = from; i < to; i++) {
            channel.map(kept.id(), iovas[i], iovas[i] + (sizes[i] - 1), outputs[i], flags);
        }
        if (channel.finish() == Status.OK.code()) {
            return to;
        }
        int taken = from + channel.refused();
        for (int i = taken + 1; i < to; i++) {
            if (channel.isTaken(i - from)) {
                gather(iovas[i], iovas[i] + (sizes[i] - 1));
            }
        }
        flush();
        return taken;
    }

    @Override
    public long unmap(long iova, long size) {
        if (size == 0) {
            return 0;
        }
        long last = iova + (size - 1);
        driver.checkGranule(iova, last);
        long first = mappings.firstWithin(iova, last);
        if (first == IntervalMap.NONE) {
            return 0;
        }
        long bytes = 0;
        long end = first;
        for (long at = first; at != IntervalMap.NONE && Long.compareUnsigned(mappings.start(at), last) <= 0; at = mappings.next(at)) {
            bytes += mappings.last(at) - mappings.start(at) + 1;
            end = at;
        }
        if (Long.compareUnsigned(mappings.start(first), iova) < 0 || Long.compareUnsigned(mappings.last(end), last) > 0) {
            return cut(iova, last, first, end, bytes);
        }
        mappings.remove(iova, last);
        if (isAttached()) {
            gather(iova, last);
        }
        return bytes;
    }

    private void gather(long start, long last) {
        if (!gathered.add(start, last)) {
            flush();
            gathered.add(start, last);
        }
    }

    /** Takes out what the range touches and puts back what lies outside; {@code bytes} is all of the former. */
    private long cut(long iova, long last, long first, long end, long bytes) {
        long start = mappings.start(first);
        long stop = mappings.last(end);
        long firstOutput = mappings.output(first);
        int firstFlags = mappings.flags(first);
        long lastOutput = mappings.output(end) + (last + 1 - mappings.start(end));
        int lastFlags = mappings.flags(end);
        long from = Long.compareUnsigned(start, iova) < 0 ? start : iova;
        long to = Long.compareUnsigned(stop, last) > 0 ? stop : last;
        if (isAttached()) {
            unmapInDevice(from, to);
        }
        mappings.remove(from, to);
        long left = bytes;
        if (from != iova) {
            putBack(start, iova - 1, firstOutput, firstFlags);
            left -= iova - start;
        }
        if (to != last) {
            putBack(last + 1, stop, lastOutput, lastFlags);
            left -= stop - last;
        }
        return left;
    }

    /** At once, so that nothing is changed here if the device refuses. */
    private void unmapInDevice(long start, long last) {
        Channel channel = driver.channel();
        channel.begin();
        channel.unmap(kept.id(), start, last);
        int status = channel.finish();
        if (status != Status.OK.code()) {
            throw VirtioDriver.refused(new Request.Unmap(kept.id(), start, last, 0), status);
        }
    }

    private void putBack(long start, long last, long output, int flags) {
        if (isAttached()) {
            int status = mapInDevice(start, last, output, flags);
            if (status != Status.OK.code()) {
                throw VirtioDriver.refused(new Request.Map(kept.id(), start, last, output, flags), status);
            }
        }
        mappings.add(start, last, output, flags);
    }

    /** Has the device unmap what was gathered. If it refuses, it is asked for all of it again the next time: nothing is forgotten here. */
    void flush() {
        if (gathered.isEmpty()) {
            return;
        }
        Channel channel = driver.channel();
        channel.begin();
        for (int i = 0; i < gathered.count(); i++) {
            channel.unmap(kept.id(), gathered.start(i), gathered.last(i));
        }
        int status = channel.finish();
        if (status != Status.OK.code()) {
            int i = channel.refused();
            throw VirtioDriver.refused(new Request.Unmap(kept.id(), gathered.start(i), gathered.last(i), 0), status);
        }
        gathered.clear();
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
        mappings.remove(0, -1L);
    }
}
