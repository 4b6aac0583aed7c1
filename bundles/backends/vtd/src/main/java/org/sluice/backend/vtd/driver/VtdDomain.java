// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.VtdFormats.SecondStage;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.TableView;

/** A second-stage table with its domain id. */
final class VtdDomain implements DomainTable {
    private final int domain;
    private final PhysicalMemory memory;
    private final SecondStage stage;
    private final RadixEditor editor;

    VtdDomain(int domain, PhysicalMemory memory, SecondStage stage, RadixEditor editor) {
        this.domain = domain;
        this.memory = memory;
        this.stage = stage;
        this.editor = editor;
    }

    long root() {
        return editor.root();
    }

    /** The context entry's AW. */
    long width() {
        return stage.levels() - 2;
    }

    @Override
    public int domain() {
        return domain;
    }

    @Override
    public Outcome map(long iova, long output, long size, int permissions) {
        if ((permissions & Permissions.READ_WRITE) == 0 || (permissions & Permissions.EXECUTE) != 0) {
            return Outcome.NOT_EXPRESSIBLE;
        }
        return switch (editor.map(iova, output, size, permissions, 0)) {
            case RadixEditor.OK -> Outcome.OK;
            case RadixEditor.EXISTS -> Outcome.EXISTS;
            case RadixEditor.NO_MEMORY -> Outcome.NO_MEMORY;
            default -> Outcome.NOT_EXPRESSIBLE;
        };
    }

    @Override
    public long unmap(long iova, long size) {
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
    public void dirty(long iova, long last, boolean clear, DirtySink out) {
        // Legacy tables have no dirty bits.
    }

    @Override
    public TableView view() {
        return new RadixTable(memory, stage.format(), editor.root(), entry -> "");
    }

    @Override
    public void release() {
        editor.release();
    }
}
