// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.sluice.api.Progress;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.Table;
import org.sluice.vfio.port.TranslationPort;
import org.sluice.vfio.port.TypedData;

/** Section 3.1 of the conformance list: before whatever the front-end asks for, the unit gets another backend; the cases notice nothing. */
final class SwappingPort implements TranslationPort {
    static final String FIRST = "vtd";
    /** zPCI's small aperture would take away addresses that were promised. */
    private static final List<String> RING = List.of("smmuv3", "amdvi", "virtio", FIRST);
    private static final int EVERY = 7;

    private final TranslationPort port;
    private final Platform platform;
    private int calls;
    private int swaps;
    private String refused;

    SwappingPort(TranslationPort port, Platform platform) {
        this.port = port;
        this.platform = platform;
    }

    /** The first calls each, later ones now and then: some cases make thousands. */
    private void swap() {
        if (calls++ > EVERY && calls % EVERY != 0) {
            return;
        }
        SwapReport report = platform.swaps.swap(platform.machine, "0", RING.get(swaps % RING.size()), SwapOptions.DEFAULT, Progress.NONE);
        if (report.state() != SwapState.ACTIVE && refused == null) {
            refused = report.to() + ": " + report.text() + ' ' + report.refusals();
        }
        swaps++;
    }

    /** Every swap was done. */
    void assertSwapped() {
        assertEquals(null, refused);
    }

    @Override
    public DeviceFacts facts(DeviceId device) {
        return port.facts(device);
    }

    @Override
    public PagingTable createPaging(DeviceId device, PagingOptions options) {
        swap();
        return new SwappingTable(port.createPaging(device, options));
    }

    @Override
    public NestedTable createNested(DeviceId device, PagingTable parent, TypedData data) {
        return port.createNested(device, parent, data);
    }

    @Override
    public void attach(DeviceId device, int pasid, Table table) {
        swap();
        port.attach(device, pasid, ((SwappingTable) table).table);
        swap();
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        swap();
        port.detach(device, pasid);
    }

    @Override
    public void listen(DeviceId device, PageRequestListener listener) {
        port.listen(device, listener);
    }

    private final class SwappingTable implements PagingTable {
        private final PagingTable table;

        private SwappingTable(PagingTable table) {
            this.table = table;
        }

        @Override
        public void map(long iova, long physical, long size, int permissions) {
            swap();
            table.map(iova, physical, size, permissions);
            swap();
        }

        @Override
        public void unmap(long iova, long size) {
            swap();
            table.unmap(iova, size);
            swap();
        }

        @Override
        public void trackDirty(boolean on) {
            swap();
            table.trackDirty(on);
        }

        @Override
        public void dirty(long iova, long last, boolean clear, DirtySink sink) {
            swap();
            table.dirty(iova, last, clear, sink);
        }

        @Override
        public void release() {
            table.release();
        }
    }
}
