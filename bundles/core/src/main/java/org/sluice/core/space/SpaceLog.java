// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.space.SavedSpace.Use;
import org.sluice.core.store.Journal;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Keeps the changes of one machine's durable spaces. They are appended under the machine's lock, which gives them their order; {@link #settle}
 * comes after it, so that threads share one write to the disk. Once something could not be written every further change is refused before it
 * happens: what the disk holds is known only when the store is opened again.
 */
public final class SpaceLog {
    private static final int BUFFER = 1 << 16;
    /** Below this no file is written anew. */
    private static final long LEAST_COMPACTED = 4 << 20;

    private final Journal journal;
    private final Supplier<SavedMachine> now;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private long compactAt = LEAST_COMPACTED;
    private int nextId;
    private volatile long appended;
    private volatile String failure;

    /**
     * @param journal replayed
     * @param now what the machine's durable spaces are like, for writing them anew; called with the lock held
     * @param nextId the next space's number
     */
    SpaceLog(Journal journal, Supplier<SavedMachine> now, int nextId) {
        this.journal = journal;
        this.now = now;
        this.nextId = nextId;
        compactAt = Math.max(LEAST_COMPACTED, 2 * journal.size());
    }

    /** @throws RefusedException if changes can no longer be kept; called before anything changes */
    void check() {
        if (failure != null) {
            throw new RefusedException(Refusal.of(Rule.BACKEND, null, "the store of durable spaces cannot be written: " + failure,
                    "close the machine and open it again", "use a space that is not durable"));
        }
    }

    /** No change is accepted from now on. */
    public void end(String why) {
        failure = failure == null ? why : failure;
    }

    /** Returns when everything appended so far is on the disk. */
    void settle() {
        try {
            journal.sync(appended);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IommuException failed(IOException e) {
        return failed("the change was made, but may be gone after a restart", e);
    }

    private IommuException failed(String outcome, IOException e) {
        end(e.getMessage() == null ? e.toString() : e.getMessage());
        return new IommuException(Reason.IO, outcome + ": its store could not be written: " + failure, e);
    }

    // The machine's lock is held for everything below.

    private ByteBuffer start(byte type) {
        return buffer.clear().put(type);
    }

    /** For records that come before what they say is true: no file is written anew from what is. */
    private void append() {
        try {
            appended = journal.append(buffer.flip());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Ends a change, or another record of what is true already. */
    void commit() {
        append();
        try {
            if (journal.size() > compactAt) {
                compact();
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    int create(SpaceOptions options) {
        int id = nextId++;
        SpaceRecords.put(start(SpaceRecords.CREATE).putInt(id), options);
        append();
        return id;
    }

    void destroy(int space) {
        start(SpaceRecords.DESTROY).putInt(space);
        append();
    }

    /** Begins a change of steps that happen together; {@link #commit()} ends it. */
    void begin(int space) {
        start(SpaceRecords.CHANGE).putInt(space);
    }

    void map(int space, long iova, long output, long size, int flags) {
        step(space, SpaceRecords.MAP, iova, iova + (size - 1)).putLong(output).put((byte) flags);
    }

    void unmap(int space, long iova, long last) {
        step(space, SpaceRecords.UNMAP, iova, last);
    }

    void cut(int space, long iova, long last) {
        step(space, SpaceRecords.CUT, iova, last);
    }

    private ByteBuffer step(int space, byte step, long iova, long last) {
        if (buffer.remaining() < SpaceRecords.STEP) {
            try {
                journal.append(buffer.put(0, SpaceRecords.PART).flip());
            } catch (IOException e) {
                throw failed(e);
            }
            begin(space);
        }
        return buffer.put(step).putLong(iova).putLong(last);
    }

    void attach(int space, DeviceId device, int pasid) {
        SpaceRecords.put(start(SpaceRecords.ATTACH).putInt(space), device, pasid);
        commit();
    }

    void detach(int space, DeviceId device, int pasid) {
        SpaceRecords.put(start(SpaceRecords.DETACH).putInt(space), device, pasid);
        commit();
    }

    void reserve(int space, OwnedRange owned) {
        SpaceRecords.put(start(SpaceRecords.RESERVE).putInt(space), owned);
        commit();
    }

    void release(int space, AddressRange range) {
        SpaceRecords.put(start(SpaceRecords.RELEASE).putInt(space), range);
        commit();
    }

    /** Pages are about to be plucked; what is to happen is on the disk when this returns. */
    void pluck(int space, AddressRange range, String guest) {
        ByteBuffer out = start(SpaceRecords.PLUCK).putInt(space);
        SpaceRecords.put(out, range);
        SpaceRecords.put(out, guest);
        try {
            appended = journal.append(buffer.flip());
            journal.sync(appended);
        } catch (IOException e) {
            throw failed("nothing was plucked, but after a restart the pages may be so, and page-return gives them back", e);
        }
    }

    void giveBack(int space, AddressRange range) {
        SpaceRecords.put(start(SpaceRecords.GIVE_BACK).putInt(space), range);
        commit();
    }

    void limit(int space, long bytes) {
        start(SpaceRecords.LIMIT).putInt(space).putLong(bytes);
        commit();
    }

    /** An operator lets a device raise interrupts of others, or no longer. */
    void unisolated(DeviceId device, boolean allowed) {
        SpaceRecords.put(start(SpaceRecords.UNISOLATED).put((byte) (allowed ? 1 : 0)), device, -1);
        commit();
    }

    /** An operator chose a backend for a unit. */
    void backend(String unit, String backend) {
        ByteBuffer out = start(SpaceRecords.BACKEND);
        SpaceRecords.put(out, unit);
        SpaceRecords.put(out, backend);
        commit();
    }

    private void state(boolean open) {
        start(SpaceRecords.STATE).put((byte) (open ? 1 : 0));
        append();
    }

    /**
     * Everything that was read is there again.
     *
     * @param anew whether the file has to be written anew, since records in it cannot be followed
     */
    public void reopened(boolean anew) throws IOException {
        if (anew) {
            compact();
        } else {
            state(true);
            settle();
        }
    }

    /** The machine is not to be opened again with the platform. */
    public void closed() {
        if (failure == null) {
            state(false);
            settle();
        }
    }

    /** Writes the file anew from what is; takes as long as everything takes to write. */
    public void compact() throws IOException {
        SavedMachine saved = now.get();
        compactAt = Long.MAX_VALUE;
        journal.compact(sink -> {
            ByteBuffer out = ByteBuffer.allocate(BUFFER);
            out.put(SpaceRecords.MACHINE).put(SpaceRecords.VERSION);
            SpaceRecords.put(out, saved.origin());
            SpaceRecords.put(out, saved.name());
            sink.append(out.flip());
            sink.append(out.clear().put(SpaceRecords.STATE).put((byte) (saved.isOpen() ? 1 : 0)).flip());
            for (var chosen : saved.backends().entrySet()) {
                out.clear().put(SpaceRecords.BACKEND);
                SpaceRecords.put(out, chosen.getKey());
                SpaceRecords.put(out, chosen.getValue());
                sink.append(out.flip());
            }
            for (DeviceId device : saved.unisolated()) {
                SpaceRecords.put(out.clear().put(SpaceRecords.UNISOLATED).put((byte) 1), device, -1);
                sink.append(out.flip());
            }
            for (SavedSpace space : saved.spaces().values()) {
                write(space, out, sink);
            }
        });
        compactAt = Math.max(LEAST_COMPACTED, 2 * journal.size());
    }

    private static void write(SavedSpace space, ByteBuffer out, Journal.Sink sink) throws IOException {
        SpaceRecords.put(out.clear().put(SpaceRecords.CREATE).putInt(space.id()), space.options());
        sink.append(out.flip());
        out.clear().put(SpaceRecords.LIMIT).putInt(space.id()).putLong(space.limit());
        sink.append(out.flip());
        for (Plucked plucked : space.plucked()) {
            write(space.id(), plucked, out, sink);
        }
        for (OwnedRange owned : space.reserved()) {
            if (space.plucked().stream().anyMatch(plucked -> plucked.owned().equals(owned))) {
                continue;
            }
            SpaceRecords.put(out.clear().put(SpaceRecords.RESERVE).putInt(space.id()), owned);
            sink.append(out.flip());
        }
        begin(space.id(), out);
        RangeMap.Entry entry = new RangeMap.Entry();
        for (boolean more = space.ranges().first(0, entry); more; more = space.ranges().next(entry)) {
            if (Flags.kind(entry.flags()) != RangeKind.DOORBELL) {
                step(space.id(), new long[] {entry.start(), entry.last(), entry.output(), entry.flags()}, out, sink);
            }
        }
        sink.append(out.flip());
        for (Use use : space.uses()) {
            SpaceRecords.put(out.clear().put(SpaceRecords.ATTACH).putInt(space.id()), use.device(), use.pasid());
            sink.append(out.flip());
        }
    }

    /** As if it had all been mapped, and plucked then. */
    private static void write(int space, Plucked plucked, ByteBuffer out, Journal.Sink sink) throws IOException {
        begin(space, out);
        for (Plucked.Piece piece : plucked.pieces()) {
            step(space, new long[] {piece.iova(), piece.iova() + (piece.size() - 1), piece.output(), Flags.of(piece.permissions(), piece.kind())},
                    out, sink);
        }
        sink.append(out.flip());
        SpaceRecords.put(out.clear().put(SpaceRecords.PLUCK).putInt(space), plucked.range());
        SpaceRecords.put(out, plucked.guest());
        sink.append(out.flip());
    }

    private static void begin(int space, ByteBuffer out) {
        out.clear().put(SpaceRecords.CHANGE).putInt(space);
    }

    /** Adds a mapping to a change, or to another one if it has no room. */
    private static void step(int space, long[] mapping, ByteBuffer out, Journal.Sink sink) throws IOException {
        if (out.remaining() < SpaceRecords.STEP) {
            sink.append(out.flip());
            begin(space, out);
        }
        out.put(SpaceRecords.MAP).putLong(mapping[0]).putLong(mapping[1]).putLong(mapping[2]).put((byte) mapping[3]);
    }
}
