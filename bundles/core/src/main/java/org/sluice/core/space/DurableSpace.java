// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.sluice.api.space.Change;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Placement;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * A space whose changes are in a store, on the disk, before a call that made them returns. Each is appended under the machine's lock, so the
 * store has them in the order in which they happened, and waited for without it. Mappings of doorbells are left out: they belong to vectors.
 */
final class DurableSpace extends Space {
    /** What a name or an owner may need in a record. */
    private static final int LONGEST_TEXT = 1000;

    private final SpaceLog log;
    private final int id;

    DurableSpace(OpenMachine machine, MachineSpaces spaces, SavedSpace saved, SpaceLog log) {
        super(machine, spaces, saved);
        this.log = log;
        this.id = saved.id();
    }

    /** @throws RefusedException if no record can hold it */
    static void check(SpaceOptions options) {
        checkText(options.name());
    }

    private static void checkText(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_TEXT) {
            throw new RefusedException(Refusal.of(Rule.INVALID, null, "a name of more than " + LONGEST_TEXT + " bytes cannot be kept", "shorten it"));
        }
    }

    @Override
    public boolean isDurable() {
        return true;
    }

    /** The space as it is written into a store; shares the mappings. The machine's lock is held. */
    SavedSpace saved() {
        return new SavedSpace(id, options(), truth(), reservations().kept(), units().links().stream()
                .map(link -> new SavedSpace.Use(link.device(), link.pasid())).toList(), plucked(), account().limit());
    }

    @Override
    void settle() {
        log.settle();
    }

    /** One change: refused before anything happens if it could not be kept, then done, appended, and waited for. */
    private void keep(Runnable change, Runnable append) {
        lock().lock();
        try {
            log.check();
            change.run();
            append.run();
        } finally {
            lock().unlock();
        }
        log.settle();
    }

    private void append(Runnable steps) {
        log.begin(id);
        steps.run();
        log.commit();
    }

    @Override
    public void map(long iova, long output, long size, int permissions, RangeKind kind) {
        lock().lock();
        try {
            log.check();
            super.map(iova, output, size, permissions, kind);
            if (kind == RangeKind.DOORBELL) {
                return;
            }
            log.begin(id);
            log.map(id, iova, output, size, Flags.of(permissions, kind));
            log.commit();
        } finally {
            lock().unlock();
        }
        log.settle();
    }

    @Override
    public long place(long output, long size, int permissions, Placement placement) {
        long iova;
        lock().lock();
        try {
            log.check();
            iova = super.place(output, size, permissions, placement);
            log.begin(id);
            log.map(id, iova, output, size, Flags.of(permissions, RangeKind.USER));
            log.commit();
        } finally {
            lock().unlock();
        }
        log.settle();
        return iova;
    }

    @Override
    public long unmap(long iova, long size) {
        long bytes;
        lock().lock();
        try {
            log.check();
            bytes = super.unmap(iova, size);
            log.begin(id);
            log.unmap(id, iova, last(iova, size));
            log.commit();
        } finally {
            lock().unlock();
        }
        log.settle();
        return bytes;
    }

    private static long last(long iova, long size) {
        return size == 0 ? -1L : iova + (size - 1);
    }

    @Override
    public long cut(long iova, long size) {
        long bytes;
        lock().lock();
        try {
            log.check();
            bytes = super.cut(iova, size);
            if (bytes != 0) {
                append(() -> log.cut(id, iova, iova + (size - 1)));
            }
        } finally {
            lock().unlock();
        }
        log.settle();
        return bytes;
    }

    @Override
    public void change(List<Change> changes) {
        keep(() -> super.change(changes), () -> append(() -> {
            for (Change change : changes) {
                if (change.isMap()) {
                    log.map(id, change.iova(), change.output(), change.size(), Flags.of(change.permissions(), RangeKind.USER));
                } else {
                    log.unmap(id, change.iova(), last(change.iova(), change.size()));
                }
            }
        }));
    }

    @Override
    public void attach(DeviceId device, int pasid) {
        keep(() -> super.attach(device, pasid), () -> log.attach(id, device, pasid));
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        keep(() -> super.detach(device, pasid), () -> { });
    }

    /** A move into another durable space of the machine is that space's record alone, so no restart finds the device in neither. */
    @Override
    void left(DeviceId device, int pasid, Space to) {
        super.left(device, pasid, to);
        if (to == null || !to.isDurable()) {
            log.detach(id, device, pasid);
        }
    }

    @Override
    public void reserve(OwnedRange range) {
        checkText(range.owner());
        keep(() -> super.reserve(range), () -> log.reserve(id, range));
    }

    @Override
    public void release(AddressRange range) {
        keep(() -> super.release(range), () -> log.release(id, range));
    }

    @Override
    public Plucked pluck(AddressRange range, String guest) {
        checkText(guest);
        return super.pluck(range, guest);
    }

    /**
     * On the disk before it happens, unlike other changes: a guest that is told that its pages were not taken uses them again. One record: no restart
     * finds the pages gone and nobody who could give them back.
     */
    @Override
    void beforePluck(Plucked planned) {
        log.check();
        log.pluck(id, planned.range(), planned.guest());
    }

    @Override
    public void giveBack(AddressRange range) {
        keep(() -> super.giveBack(range), () -> log.giveBack(id, range));
    }

    @Override
    public void limit(long bytes) {
        keep(() -> super.limit(bytes), () -> log.limit(id, bytes));
    }

    @Override
    void destroy() {
        log.check();
        super.destroy();
        log.destroy(id);
    }
}
