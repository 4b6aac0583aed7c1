// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.MemoryType;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.backend.smmuv3.lookup.ContextTable;
import org.sluice.kit.radix.EditResults;
import org.sluice.kit.radix.LeafKinds;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixDirty;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/**
 * A table with its ASID and context descriptor, or with its VMID.
 *
 * <p>Where hardware keeps dirty state every page that may be written has DBM. Clean is then a page without write permission, which the
 * first write gives it. While nothing is to be recorded a clean page has write permission and {@link #CLEAN} beside it.
 */
final class Smmuv3Domain implements DomainTable {
    private static final int CONTEXT_SHIFT = Integer.numberOfTrailingZeros(ContextTable.ENTRY_BYTES);
    private static final long MANAGED = TableDescriptor.DIRTY_MANAGED.put(1);
    /** AP[2] of stage 1, which forbids writing, and S2AP[1], which permits it. */
    private static final long WRITE_BIT = TableDescriptor.AP.put(2);
    /** Of the bits that are software's (58:55). */
    private static final long CLEAN = 1L << 55;
    private static final long MASK = MANAGED | WRITE_BIT | CLEAN;

    private final int domain;
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final TableShape shape;
    private final RadixFormat format;
    private final RadixEditor editor;
    private final long context;
    /** Memory types, which come from names of fields. */
    private final long normalMemory;
    private final long deviceMemory;
    private LeafKinds leaves;
    private boolean recording;

    private Smmuv3Domain(int domain, PhysicalMemory memory, PageAllocator pages, TableShape shape, RadixFormat format, RadixEditor editor) {
        this.domain = domain;
        this.memory = memory;
        this.pages = pages;
        this.shape = shape;
        this.format = format;
        this.editor = editor;
        normalMemory = SmmuFormats.normalMemory(shape.shape());
        deviceMemory = SmmuFormats.deviceMemory(shape.shape());
        leaves = new LeafKinds(this::leaf);
        context = shape.first() ? StreamTables.allocate(pages, CONTEXT_SHIFT) : 0;
        if (shape.first()) {
            Substreams.write(memory, context, contextWords());
        }
    }

    /** An empty table; page sizes as a log2 set, all of them the shape's own. */
    static Smmuv3Domain create(int domain, PhysicalMemory memory, PageAllocator pages, TableShape shape, long pageSizes) {
        RadixFormat format = shape.format();
        RadixEditor editor = RadixEditor.create(memory, pages, format, pageSizes);
        if (editor == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new Smmuv3Domain(domain, memory, pages, shape, format, editor);
    }

    boolean first() {
        return shape.first();
    }

    int granule() {
        return shape.shape().granule();
    }

    /** Address of the context descriptor. */
    long context() {
        return context;
    }

    long[] contextWords() {
        return shape.context(editor.root(), domain);
    }

    /** Words 2 and 3 of a stream table entry. */
    long[] secondWords() {
        return shape.second(editor.root(), domain);
    }

    @Override
    public int domain() {
        return domain;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        return EditResults.mapped(editor.map(iova, output, size, leaves.of(permissions)));
    }

    @Override
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        return editor.mapEach(iovas, outputs, sizes, count, leaves.of(permissions));
    }

    /** For {@link LeafKinds}. */
    private long leaf(int permissions) {
        int granted = granted(permissions);
        return granted == 0 ? RadixEditor.REFUSED : editor.leaf(written(granted), attributes(permissions, granted));
    }

    /** What pages grant to be good for {@code permissions}; 0 if the stage cannot say it. */
    private int granted(int permissions) {
        boolean device = (permissions & Permissions.MMIO) != 0;
        int granted = permissions & (device ? Permissions.READ_WRITE : Permissions.ALL);
        if (device && shape.first() && (granted & Permissions.WRITE) != 0) {
            // Stage 1 has no write-only pages; for a doorbell reading does no harm.
            granted |= Permissions.READ;
        }
        return (granted & (shape.first() ? Permissions.READ : Permissions.READ_WRITE)) == 0 ? 0 : granted;
    }

    private boolean isMarked(int granted) {
        return shape.marksDirty() && (granted & Permissions.WRITE) != 0;
    }

    private int written(int granted) {
        return isMarked(granted) && recording && !shape.first() ? granted & ~Permissions.WRITE : granted;
    }

    private long attributes(int permissions, int granted) {
        long memoryType = (permissions & Permissions.MMIO) != 0 ? deviceMemory : normalMemory;
        return isMarked(granted) ? memoryType | MANAGED | (!recording ? CLEAN : shape.first() ? WRITE_BIT : 0) : memoryType;
    }

    @Override
    public void approach(long iova) {
        editor.approach(iova);
    }

    @Override
    public long unmap(long iova, long size) {
        return EditResults.unmapped(editor.unmap(iova, size));
    }

    /** What MASK is for a written page, and for one that was not while writes are recorded or are not. */
    private long dirty() {
        return MANAGED | (shape.first() ? 0 : WRITE_BIT);
    }

    private long clean(boolean recorded) {
        return recorded ? dirty() ^ WRITE_BIT : dirty() | CLEAN;
    }

    @Override
    public boolean trackDirty(boolean on) {
        if (shape.marksDirty() && on != recording) {
            new RadixDirty(memory, format, MASK, clean(recording), clean(on)).visit(editor.root(), 0, -1L, true, (iova, size) -> { });
            recording = on;
            leaves = new LeafKinds(this::leaf);
        }
        return shape.marksDirty();
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        if (shape.marksDirty()) {
            new RadixDirty(memory, format, MASK, dirty(), clean(recording)).visit(editor.root(), iova, last, clear, out);
        }
    }

    @Override
    public long tableBytes() {
        return editor.tableBytes() + (shape.first() ? StreamTables.bytes(CONTEXT_SHIFT) : 0);
    }

    @Override
    public TableView view() {
        return new RadixTable(memory, format, editor.root(), entry -> shape.first() ? MemoryType.stage1(SmmuFormats.MAIR, entry)
                : MemoryType.stage2(false, entry));
    }

    @Override
    public void release() {
        editor.release();
        if (shape.first()) {
            StreamTables.free(pages, context, CONTEXT_SHIFT);
        }
    }
}
