// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixTable;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.radix.SampleFormats;

/**
 * Runs the algorithms over other formats and other kinds of memory first, so that the compiler sees what it would see in a
 * process with several vendors and a dump loaded, not one format only. Stateless.
 */
final class Pollution {
    private static final AddressRange TABLES = AddressRange.ofSize(0x4000_0000L, 16L << 20);
    private static final int PAGES = 2000;
    private static final int ROUNDS = 20;

    private Pollution() {
    }

    static void run() {
        List<RadixFormat> formats = new ArrayList<>(SampleFormats.all());
        formats.add(new VtdFormats.FirstStage(4, 52, true, true, true).format());
        PhysicalMemory memory = PhysicalMemory.allocate(TABLES);
        for (int round = 0; round < ROUNDS; round++) {
            for (RadixFormat format : formats) {
                use(memory, format);
            }
            readOnly();
        }
    }

    private static void use(PhysicalMemory memory, RadixFormat format) {
        long page = 1L << format.shift(0);
        RadixEditor editor = RadixEditor.create(memory, new PageAllocator(memory, TABLES), format, -1L);
        RadixWalker walker = new RadixWalker(memory);
        for (int i = 0; i < PAGES; i++) {
            editor.map(i * page, (PAGES - i) * page, page, Permissions.READ_WRITE, 0);
        }
        for (int i = 0; i < 4 * PAGES; i++) {
            walker.walk(format, editor.root(), i * page, 1 + i % Permissions.ALL);
        }
        new RadixTable(memory, format, editor.root(), entry -> "").visit(new Ignore());
        for (int i = 0; i < PAGES; i += 2) {
            editor.unmap(i * page, page);
        }
        editor.map(page << 20, page << 20, page << 11, Permissions.READ_WRITE, 0);
        editor.unmap(page << 20, page << 10);
        editor.release();
    }

    /** Dumps are read-only buffers and ranges of zeros. */
    private static void readOnly() {
        PhysicalMemory dump = PhysicalMemory.builder().data(0, ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer(), false)
                .zeros(new AddressRange(1 << 20, (1 << 21) - 1)).build();
        RadixWalker walker = new RadixWalker(dump);
        RadixFormat format = SampleFormats.plain(4);
        for (int i = 0; i < PAGES; i++) {
            walker.walk(format, (long) (i & 1) << 20, i * 4096L, Permissions.READ);
        }
    }

    private static final class Ignore implements MappingSink {
        @Override
        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
            return true;
        }

        @Override
        public boolean unknown(long iova, long last, long tableAddress) {
            return true;
        }
    }
}
