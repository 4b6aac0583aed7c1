// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.driver.Translation.Kind;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.kit.radix.EditResults;
import org.sluice.kit.radix.LeafKinds;
import org.sluice.kit.radix.RadixDirty;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/** A table of either stage with its domain id. Not thread-safe. */
final class VtdDomain implements DomainTable {
    private static final long UNCACHED = PagingEntry.FS_CACHE_DISABLE.put(1) | PagingEntry.FS_WRITE_THROUGH.put(1);

    private final int domain;
    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final RadixEditor editor;
    private final boolean first;
    private final Tracker tracker;
    private final LeafKinds leaves;
    private final List<Use> uses = new ArrayList<>();
    private boolean tracking;

    /** A requester and PASID that uses the table; {@link Contexts#NONE} is a PASID here. */
    record Use(int sourceId, int pasid) {
    }

    /** Lets entries that lead to a second-stage table say whether its dirty bits are written. */
    interface Tracker {
        /** Whether the unit can. */
        boolean canTrack();

        void track(Use use, boolean on);
    }

    VtdDomain(int domain, PhysicalMemory memory, RadixFormat format, RadixEditor editor, boolean first, Tracker tracker) {
        this.domain = domain;
        this.memory = memory;
        this.format = format;
        this.editor = editor;
        this.first = first;
        this.tracker = tracker;
        this.leaves = new LeafKinds(permissions -> grants(permissions)
                ? editor.leaf(permissions & Permissions.READ_WRITE, attributes(permissions)) : RadixEditor.REFUSED);
    }

    Translation translation() {
        return new Translation(first ? Kind.FIRST_STAGE : Kind.SECOND_STAGE, domain, editor.root(), format.levels(), tracking && !first);
    }

    boolean isFirstStage() {
        return first;
    }

    List<Use> uses() {
        return uses;
    }

    @Override
    public int domain() {
        return domain;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        return first && iova < 0 ? Outcome.NOT_EXPRESSIBLE : EditResults.mapped(editor.map(iova, output, size, leaves.of(permissions)));
    }

    @Override
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        int inside = count;
        while (first && inside > 0 && iovas[inside - 1] < 0) {
            inside--;
        }
        return editor.mapEach(iovas, outputs, sizes, inside, leaves.of(permissions));
    }

    private boolean grants(int permissions) {
        int wanted = permissions & Permissions.READ_WRITE;
        return wanted != 0 && (permissions & Permissions.EXECUTE) == 0 && !(first && wanted == Permissions.WRITE);
    }

    private long attributes(int permissions) {
        return first && (permissions & Permissions.MMIO) != 0 ? UNCACHED : 0;
    }

    @Override
    public void approach(long iova) {
        editor.approach(iova);
    }

    @Override
    public long unmap(long iova, long size) {
        return EditResults.unmapped(editor.unmap(iova, size));
    }

    /** First-stage dirty bits are always written (section 3.6.2); those of the second stage only if the PASID table entry says so. */
    @Override
    public boolean trackDirty(boolean on) {
        if (!first && !tracker.canTrack()) {
            return false;
        }
        if (tracking != on) {
            tracking = on;
            if (!first) {
                uses.forEach(use -> tracker.track(use, on));
            }
        }
        return true;
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        long bit = first ? PagingEntry.FS_DIRTY.put(1) : PagingEntry.SS_DIRTY.put(1);
        new RadixDirty(memory, format, bit, bit, 0).visit(editor.root(), iova, last, clear, out);
    }

    @Override
    public long tableBytes() {
        return editor.tableBytes();
    }

    @Override
    public TableView view() {
        return new RadixTable(memory, format, editor.root(), entry -> "");
    }

    @Override
    public void release() {
        editor.release();
    }
}
