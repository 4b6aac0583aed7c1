// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * A file whose pages are frames of the machine's memory: shared between processes, mapped for devices by offset (MEM-09), and able to lose
 * pages by truncation or altogether by revocation (MEM-10). Whoever maps it listens, and lets go of lost pages before the call that
 * loses them returns; so nothing ever points at a frame that is somebody else's. Thread-safe; listeners are called without its lock.
 */
public final class SharedFile implements PinSource {
    private static final long ABSENT = -1;

    private final FramePool pool;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private long[] frames = {};
    private long size;
    private boolean revoked;

    public SharedFile(FramePool pool, long size) {
        this.pool = pool;
        resize(size);
    }

    /** Told which pages go and come back; offsets are multiples of a page. */
    public interface Listener {
        void lost(long first, long last);

        void restored(long first, long last);
    }

    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    public void removeListener(Listener listener) {
        listeners.remove(listener);
    }

    public synchronized long size() {
        return size;
    }

    /** Sets the size: pages behind it are lost, pages that come anew are zeros. */
    public void truncate(long newSize) {
        long from;
        final long to;
        final boolean grows;
        List<Long> gone = new ArrayList<>();
        synchronized (this) {
            grows = newSize > size;
            from = pages(Math.min(size, newSize)) * PAGE;
            to = pages(Math.max(size, newSize)) * PAGE;
            for (int page = (int) (from / PAGE); page < frames.length; page++) {
                if (frames[page] != ABSENT) {
                    gone.add(frames[page]);
                }
            }
            resize(newSize);
        }
        if (from < to) {
            long first = from;
            listeners.forEach(l -> tell(l, !grows, first, to - 1));
        }
        gone.forEach(pool::disown);
    }

    /** Takes all pages away from whoever maps them, until {@link #restore}; the content stays. */
    public void revoke() {
        long last;
        synchronized (this) {
            revoked = true;
            last = pages(size) * PAGE - 1;
        }
        listeners.forEach(l -> tell(l, true, 0, last));
    }

    public void restore() {
        long last;
        synchronized (this) {
            revoked = false;
            last = pages(size) * PAGE - 1;
        }
        listeners.forEach(l -> tell(l, false, 0, last));
    }

    public synchronized boolean isRevoked() {
        return revoked;
    }

    @Override
    public synchronized long pin(long address, boolean write) {
        if (revoked) {
            throw new VfioException(Errno.ENODEV, "the file's memory was taken away");
        }
        long frame = frame(address);
        pool.pin(frame);
        return frame;
    }

    @Override
    public void unpin(long physical) {
        pool.unpin(physical);
    }

    @Override
    public synchronized void read(long address, byte[] into, int offset, int length) {
        for (int done = 0; done < length;) {
            int part = (int) Math.min(length - done, PAGE - (address + done) % PAGE);
            pool.read(frame(address + done & -PAGE) + (address + done) % PAGE, into, offset + done, part);
            done += part;
        }
    }

    @Override
    public synchronized void write(long address, byte[] from, int offset, int length) {
        for (int done = 0; done < length;) {
            int part = (int) Math.min(length - done, PAGE - (address + done) % PAGE);
            pool.write(frame(address + done & -PAGE) + (address + done) % PAGE, from, offset + done, part);
            done += part;
        }
    }

    @Override
    public void readPinned(long physical, byte[] into, int offset, int length) {
        pool.read(physical, into, offset, length);
    }

    @Override
    public void writePinned(long physical, byte[] from, int offset, int length) {
        pool.write(physical, from, offset, length);
    }

    /** The frame behind an offset, made now if nobody touched the page before. */
    private long frame(long address) {
        if (address < 0 || address >= size) {
            throw new VfioException(Errno.EINVAL, "offset " + address + " is beyond the file's " + size + " bytes");
        }
        int page = (int) (address / PAGE);
        if (frames[page] == ABSENT) {
            frames[page] = pool.allocate();
        }
        return frames[page];
    }

    private void resize(long newSize) {
        int before = frames.length;
        frames = Arrays.copyOf(frames, Math.toIntExact(pages(newSize)));
        for (int page = before; page < frames.length; page++) {
            frames[page] = ABSENT;
        }
        size = newSize;
    }

    private static long pages(long bytes) {
        return (bytes + PAGE - 1) / PAGE;
    }

    private static void tell(Listener listener, boolean lost, long first, long last) {
        if (lost) {
            listener.lost(first, last);
        } else {
            listener.restored(first, last);
        }
    }
}
