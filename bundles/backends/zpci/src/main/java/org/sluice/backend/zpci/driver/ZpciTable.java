// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import org.sluice.api.Permissions;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.kit.radix.EditResults;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/** A DMA table under an anchor of types 0 to 3. */
final class ZpciTable implements DomainTable {
    private final ZpciDriver owner;
    private final int domain;
    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final RadixEditor editor;
    private final AddressRange aperture;
    private final int designation;
    private boolean unmapped;

    /** @param aperture addresses that every function of the unit may use */
    ZpciTable(ZpciDriver owner, int domain, PhysicalMemory memory, RadixFormat format, RadixEditor editor, AddressRange aperture, int designation) {
        this.owner = owner;
        this.domain = domain;
        this.memory = memory;
        this.format = format;
        this.editor = editor;
        this.aperture = aperture;
        this.designation = designation;
    }

    boolean belongsTo(ZpciDriver driver) {
        return owner == driver;
    }

    /** The anchor to register: storage key 0. */
    long anchor() {
        return editor.root() | Anchor.DESIGNATION.put(designation) | Anchor.TRANSLATE.put(1);
    }

    /** Highest address that the tables have. */
    long last() {
        return KnownFunctions.lastOf(format);
    }

    /** Whether anything was unmapped since the last call. */
    boolean takeUnmapped() {
        boolean was = unmapped;
        unmapped = false;
        return was;
    }

    @Override
    public int domain() {
        return domain;
    }

    /** There is no write-only and no execute, and what is device memory is not told apart. */
    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        int rights = permissions & ~Permissions.MMIO;
        if (!isInside(iova, size) || rights != Permissions.READ && rights != Permissions.READ_WRITE) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        return EditResults.mapped(editor.map(iova, output, size, rights, 0));
    }

    @Override
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        int rights = permissions & ~Permissions.MMIO;
        if (count == 0 || !isInside(iovas[0], sizes[0]) || rights != Permissions.READ && rights != Permissions.READ_WRITE) {
            return 0;
        }
        int inside = count;
        while (!isInside(iovas[inside - 1], sizes[inside - 1])) {
            inside--;
        }
        return editor.mapEach(iovas, outputs, sizes, inside, rights, 0);
    }

    private boolean isInside(long iova, long size) {
        long last = iova + (size - 1);
        return size != 0 && Long.compareUnsigned(iova, last) <= 0 && aperture.contains(iova) && aperture.contains(last);
    }

    @Override
    public long unmap(long iova, long size) {
        long bytes = EditResults.unmapped(editor.unmap(iova, size));
        unmapped = true;
        return bytes;
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        // Entries have no such bits.
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
