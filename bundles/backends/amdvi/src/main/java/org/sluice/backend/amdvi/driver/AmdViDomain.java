// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixDirty;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/**
 * A domain's host table, and from the first use with a PASID on its guest table too: the one that the architecture wants there. Both hold
 * the same mappings. A guest table cannot withhold reading and has 47 bits, so a domain that has one cannot have mappings beyond that.
 */
final class AmdViDomain implements DomainTable {
    private static final int GUEST_BITS = 47;
    private static final int GUEST_LEVELS = 4;
    private static final long DIRTY = PagingEntry.DIRTY.put(1);
    private static final long COHERENT = PagingEntry.FORCE_COHERENT.put(1);

    private final int domain;
    private final int mode;
    private final long pageSizes;
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final RadixEditor host;
    private final Tracking tracking;
    private RadixEditor guest;
    private boolean tracks;

    /** Changes recording in the entries of the devices that use a domain. */
    @FunctionalInterface
    interface Tracking {
        boolean change(AmdViDomain domain, boolean on);
    }

    private AmdViDomain(int domain, int mode, long pageSizes, PhysicalMemory memory, PageAllocator pages, RadixEditor host, Tracking tracking) {
        this.domain = domain;
        this.mode = mode;
        this.pageSizes = pageSizes;
        this.memory = memory;
        this.pages = pages;
        this.host = host;
        this.tracking = tracking;
    }

    static AmdViDomain create(int domain, int mode, long pageSizes, PhysicalMemory memory, PageAllocator pages, Tracking tracking) {
        RadixEditor host = RadixEditor.create(memory, pages, AmdViFormats.host(mode), pageSizes);
        if (host == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new AmdViDomain(domain, mode, pageSizes, memory, pages, host, tracking);
    }

    @Override
    public int domain() {
        return domain;
    }

    int mode() {
        return mode;
    }

    long root() {
        return host.root();
    }

    boolean tracks() {
        return tracks;
    }

    /** The guest table's root; the table is made when it is wanted first. */
    long guestRoot() {
        if (guest == null) {
            RadixEditor editor = RadixEditor.create(memory, pages, AmdViFormats.guestTables(GUEST_LEVELS, false), pageSizes);
            if (editor == null) {
                throw new IommuException(Reason.LIMIT, "no page is left for the root of a guest table");
            }
            int outcome = copy(editor, 0, -1L);
            if (outcome != RadixEditor.OK) {
                editor.release();
                throw outcome == RadixEditor.NO_MEMORY ? new IommuException(Reason.LIMIT, "no page is left for a guest table")
                        : new IommuException(Reason.UNSUPPORTED, "a mapping is write-only or beyond 47 bits: guest tables cannot say that");
            }
            guest = editor;
        }
        return guest.root();
    }

    /** Gives a guest table what the host table maps in a range. */
    private int copy(RadixEditor editor, long first, long last) {
        int[] outcome = {RadixEditor.OK};
        view().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long end, long output, int permissions, String memoryType) {
                long from = Long.compareUnsigned(iova, first) < 0 ? first : iova;
                long to = Long.compareUnsigned(end, last) > 0 ? last : end;
                if (Long.compareUnsigned(from, to) <= 0) {
                    outcome[0] = !isForGuests(from, to - from + 1, permissions) ? RadixEditor.NOT_EXPRESSIBLE
                            : editor.map(from, output + (from - iova), to - from + 1, permissions & Permissions.READ_WRITE, 0);
                }
                return outcome[0] == RadixEditor.OK;
            }

            @Override
            public boolean unknown(long iova, long end, long tableAddress) {
                outcome[0] = RadixEditor.NOT_EXPRESSIBLE;
                return false;
            }
        });
        return outcome[0];
    }

    private static boolean isForGuests(long iova, long size, int permissions) {
        return (permissions & Permissions.READ) != 0 && iova >>> GUEST_BITS == 0 && iova + size - 1 >>> GUEST_BITS == 0;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        int granted = permissions & Permissions.READ_WRITE;
        if (granted == 0 || (permissions & Permissions.EXECUTE) != 0 || guest != null && !isForGuests(iova, size, granted)) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        int outcome = host.map(iova, output, size, granted, (permissions & Permissions.MMIO) != 0 ? 0 : COHERENT);
        if (outcome == RadixEditor.OK && guest != null) {
            outcome = guest.map(iova, output, size, granted, 0);
            if (outcome != RadixEditor.OK) {
                host.unmap(iova, size);
            }
        }
        return switch (outcome) {
            case RadixEditor.OK -> Outcome.OK;
            case RadixEditor.EXISTS -> Outcome.EXISTS;
            case RadixEditor.NO_MEMORY -> Outcome.NO_MEMORY;
            default -> Outcome.NOT_EXPRESSIBLE;
        };
    }

    /** The guest table goes first; if the host table then cannot follow, it gets back what it had. */
    @Override
    public long unmap(long iova, long size) {
        if (guest == null || iova >>> GUEST_BITS != 0) {
            return unmap(host, iova, size);
        }
        long within = Math.min(size - 1 & Long.MAX_VALUE, (1L << GUEST_BITS) - 1 - iova) + 1;
        unmap(guest, iova, within);
        try {
            return unmap(host, iova, size);
        } catch (IommuException refused) {
            copy(guest, iova, iova + within - 1);
            throw refused;
        }
    }

    private static long unmap(RadixEditor editor, long iova, long size) {
        long bytes = editor.unmap(iova, size);
        if (bytes == -RadixEditor.NO_MEMORY) {
            throw new IommuException(Reason.LIMIT, "no page is left to split a larger one for unmapping");
        }
        if (bytes == -RadixEditor.NOT_EXPRESSIBLE) {
            throw new IllegalArgumentException("not whole pages within the table's width");
        }
        return bytes;
    }

    @Override
    public boolean trackDirty(boolean on) {
        if (guest != null || !tracking.change(this, on)) {
            return false;
        }
        tracks = on;
        return true;
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        new RadixDirty(memory, AmdViFormats.host(mode), DIRTY, DIRTY, 0).visit(host.root(), iova, last, clear, out);
    }

    @Override
    public TableView view() {
        return new RadixTable(memory, AmdViFormats.host(mode), host.root(), entry -> "");
    }

    @Override
    public void release() {
        host.release();
        if (guest != null) {
            guest.release();
            guest = null;
        }
    }
}
