// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.kit.radix.EditResults;
import org.sluice.kit.radix.LeafKinds;
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
 * the same mappings. A guest table cannot withhold reading, so a domain that has one cannot have write-only mappings.
 */
final class AmdViDomain implements DomainTable {
    private static final long DIRTY = PagingEntry.DIRTY.put(1);
    private static final long COHERENT = PagingEntry.FORCE_COHERENT.put(1);

    private final int domain;
    private final int mode;
    private final int guestLevels;
    private final long limit;
    private final long pageSizes;
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final RadixEditor host;
    private final Tracking tracking;
    private final LeafKinds leaves;
    private RadixEditor guest;
    private boolean tracks;

    /** Changes recording in the entries of the devices that use a domain. */
    @FunctionalInterface
    interface Tracking {
        boolean change(AmdViDomain domain, boolean on);
    }

    /**
     * What a driver makes tables with.
     *
     * @param limit last address that a table may map, whatever it is used for
     */
    record Maker(PhysicalMemory memory, PageAllocator pages, int guestLevels, long limit, Tracking tracking) {
    }

    private AmdViDomain(int domain, int mode, long pageSizes, RadixEditor host, Maker maker) {
        this.domain = domain;
        this.mode = mode;
        this.guestLevels = maker.guestLevels;
        this.limit = maker.limit;
        this.pageSizes = pageSizes;
        this.memory = maker.memory;
        this.pages = maker.pages;
        this.host = host;
        this.tracking = maker.tracking;
        this.leaves = new LeafKinds(permissions -> grants(permissions)
                ? host.leaf(permissions & Permissions.READ_WRITE, attributes(permissions)) : RadixEditor.REFUSED);
    }

    static AmdViDomain create(int domain, int mode, long pageSizes, Maker maker) {
        RadixEditor host = RadixEditor.create(maker.memory, maker.pages, AmdViFormats.host(mode), pageSizes);
        if (host == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new AmdViDomain(domain, mode, pageSizes, host, maker);
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
            RadixEditor editor = RadixEditor.create(memory, pages, AmdViFormats.guestTables(guestLevels, false), pageSizes);
            if (editor == null) {
                throw new IommuException(Reason.LIMIT, "no page is left for the root of a guest table");
            }
            int outcome = copy(editor, 0, -1L);
            if (outcome != RadixEditor.OK) {
                editor.release();
                throw outcome == RadixEditor.NO_MEMORY ? new IommuException(Reason.LIMIT, "no page is left for a guest table")
                        : new IommuException(Reason.UNSUPPORTED, "a mapping is write-only: guest tables cannot say that");
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
                    outcome[0] = (permissions & Permissions.READ) == 0 ? RadixEditor.NOT_EXPRESSIBLE
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

    /** Addresses that guest tables with that many levels cover; the other half of theirs is above. */
    static int guestBits(int levels) {
        return 12 + 9 * levels - 1;
    }

    /** Whether a range is within what every table of the driver covers. */
    private boolean covers(long iova, long size) {
        return Long.compareUnsigned(iova, limit) <= 0 && Long.compareUnsigned(size - 1, limit - iova) <= 0;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        int granted = permissions & Permissions.READ_WRITE;
        if (!covers(iova, size) || guest != null && granted == Permissions.WRITE) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        int outcome = host.map(iova, output, size, leaves.of(permissions));
        if (outcome == RadixEditor.OK && guest != null) {
            outcome = guest.map(iova, output, size, granted, 0);
            if (outcome != RadixEditor.OK) {
                host.unmap(iova, size);
            }
        }
        return EditResults.mapped(outcome);
    }

    @Override
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        if (guest != null) {
            // Two tables for each: one that cannot have it takes it back from the other.
            return DomainTable.super.mapEach(iovas, outputs, sizes, count, permissions);
        }
        int inside = count;
        while (inside > 0 && !covers(iovas[inside - 1], sizes[inside - 1])) {
            inside--;
        }
        return host.mapEach(iovas, outputs, sizes, inside, leaves.of(permissions));
    }

    private static boolean grants(int permissions) {
        return (permissions & Permissions.READ_WRITE) != 0 && (permissions & Permissions.EXECUTE) == 0;
    }

    private static long attributes(int permissions) {
        return (permissions & Permissions.MMIO) != 0 ? 0 : COHERENT;
    }

    @Override
    public void approach(long iova) {
        host.approach(iova);
    }

    /** The guest table goes first; if the host table then cannot follow, it gets back what it had. */
    @Override
    public long unmap(long iova, long size) {
        if (!covers(iova, size)) {
            throw new IllegalArgumentException("not whole pages within the table's width");
        }
        if (guest == null) {
            return unmap(host, iova, size);
        }
        unmap(guest, iova, size);
        try {
            return unmap(host, iova, size);
        } catch (IommuException refused) {
            copy(guest, iova, iova + size - 1);
            throw refused;
        }
    }

    private static long unmap(RadixEditor editor, long iova, long size) {
        return EditResults.unmapped(editor.unmap(iova, size));
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
    public long tableBytes() {
        return host.tableBytes() + (guest == null ? 0 : guest.tableBytes());
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
