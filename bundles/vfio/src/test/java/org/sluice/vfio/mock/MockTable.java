// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.mock;

import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.PagingTable;

/**
 * A page table of two levels: 512 small pages of 2048 bytes below each entry of the upper level, or one huge page in its place. It checks
 * everything that it is told, and knows nothing of whoever fills it.
 */
public final class MockTable implements PagingTable {
    public static final long SMALL = 2048;
    public static final long HUGE = 512 * SMALL;
    public static final AddressRange APERTURE = new AddressRange(1 << 24, (1L << 31) - 1);
    private static final int ENTRIES = 512;

    private final Map<Long, Node> root = new TreeMap<>();
    private final FailNth failure;
    private final boolean dirtyTracking;
    private boolean tracking;
    private boolean released;

    MockTable(FailNth failure, boolean dirtyTracking) {
        this.failure = failure;
        this.dirtyTracking = dirtyTracking;
    }

    /** Either one huge page, or small ones. */
    private static final class Node {
        Leaf huge;
        final Leaf[] small = new Leaf[ENTRIES];
        int used;
    }

    private static final class Leaf {
        final long physical;
        final int permissions;
        boolean dirty;

        Leaf(long physical, int permissions) {
            this.physical = physical;
            this.permissions = permissions;
        }
    }

    boolean tracksDirty() {
        return dirtyTracking;
    }

    @Override
    public void map(long iova, long physical, long size, int permissions) {
        failure.step("map");
        checkLive();
        if (size <= 0 || ((iova | physical | size) & SMALL - 1) != 0 || !APERTURE.contains(AddressRange.ofSize(iova, size))) {
            throw new VfioException(Errno.EINVAL, "the table cannot map " + Long.toHexString(size) + " bytes at " + Long.toHexString(iova));
        }
        for (long at = 0; at < size; at += SMALL) {
            if (leaf(iova + at) != null) {
                throw new IllegalStateException("mapped already: " + Long.toHexString(iova + at));
            }
        }
        for (long at = 0; at < size;) {
            Node node = root.computeIfAbsent((iova + at) / HUGE, k -> new Node());
            if (((iova + at | physical + at) & HUGE - 1) == 0 && size - at >= HUGE) {
                node.huge = new Leaf(physical + at, permissions);
                at += HUGE;
            } else {
                node.small[index(iova + at)] = new Leaf(physical + at, permissions);
                node.used++;
                at += SMALL;
            }
        }
    }

    @Override
    public void unmap(long iova, long size) {
        checkLive();
        for (long at = iova; at - iova < size;) {
            Node node = root.get(at / HUGE);
            if (node == null) {
                at = (at / HUGE + 1) * HUGE;
                continue;
            }
            if (node.huge != null && (at % HUGE != 0 || size - (at - iova) < HUGE)) {
                split(node);
            }
            if (node.huge != null) {
                root.remove(at / HUGE);
                at += HUGE;
                continue;
            }
            if (node.small[index(at)] != null) {
                node.small[index(at)] = null;
                node.used--;
            }
            if (node.used == 0) {
                root.remove(at / HUGE);
            }
            at += SMALL;
        }
    }

    private static void split(Node node) {
        for (int i = 0; i < ENTRIES; i++) {
            node.small[i] = new Leaf(node.huge.physical + i * SMALL, node.huge.permissions);
            node.small[i].dirty = node.huge.dirty;
        }
        node.used = ENTRIES;
        node.huge = null;
    }

    @Override
    public void trackDirty(boolean on) {
        checkLive();
        if (!dirtyTracking) {
            throw new VfioException(Errno.EOPNOTSUPP, "the table was not made for that");
        }
        tracking = on;
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink sink) {
        checkLive();
        if (!tracking) {
            throw new VfioException(Errno.EINVAL, "writes are not recorded");
        }
        for (Map.Entry<Long, Node> entry : root.entrySet()) {
            long base = entry.getKey() * HUGE;
            Node node = entry.getValue();
            if (node.huge != null) {
                report(node.huge, base, HUGE, new AddressRange(iova, last), clear, sink);
                continue;
            }
            for (int i = 0; i < ENTRIES; i++) {
                report(node.small[i], base + i * SMALL, SMALL, new AddressRange(iova, last), clear, sink);
            }
        }
    }

    private static void report(Leaf leaf, long at, long size, AddressRange wanted, boolean clear, DirtySink sink) {
        if (leaf != null && leaf.dirty && wanted.overlaps(AddressRange.ofSize(at, size))) {
            sink.dirty(at, size);
            leaf.dirty &= !clear;
        }
    }

    /** Where an access goes, or -1; a write leaves its mark while writes are recorded. */
    long access(long iova, int permission) {
        Leaf leaf = leaf(iova);
        if (leaf == null || (leaf.permissions & permission) == 0) {
            return -1;
        }
        leaf.dirty |= tracking && permission == Permissions.WRITE;
        return leaf.physical + (isHuge(iova) ? iova % HUGE : iova % SMALL);
    }

    /** Whether an address lies in a huge page. */
    public boolean isHuge(long iova) {
        Node node = root.get(iova / HUGE);
        return node != null && node.huge != null;
    }

    private Leaf leaf(long iova) {
        Node node = root.get(iova / HUGE);
        return node == null ? null : node.huge != null ? node.huge : node.small[index(iova)];
    }

    @Override
    public void release() {
        checkLive();
        if (!root.isEmpty()) {
            throw new IllegalStateException("released with mappings in it");
        }
        released = true;
    }

    boolean isReleased() {
        return released;
    }

    /** Every mapping, in one text: equal texts are equal tables. */
    public String content() {
        StringBuilder text = new StringBuilder();
        root.forEach((key, node) -> {
            if (node.huge != null) {
                text.append(Long.toHexString(key * HUGE)).append(" huge ").append(Long.toHexString(node.huge.physical)).append('\n');
            }
            for (int i = 0; i < ENTRIES; i++) {
                if (node.small[i] != null) {
                    text.append(Long.toHexString(key * HUGE + i * SMALL)).append(' ').append(Long.toHexString(node.small[i].physical)).append(' ')
                            .append(node.small[i].permissions).append('\n');
                }
            }
        });
        return text.toString();
    }

    private void checkLive() {
        if (released) {
            throw new IllegalStateException("the table is released");
        }
    }

    private static int index(long iova) {
        return (int) (iova / SMALL % ENTRIES);
    }
}
