// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.mock.FailNth;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.Table;
import org.sluice.vfio.port.TranslationPort;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.ViommuPort;

/** A port that can fail before whatever it is asked for. */
final class FailingPort implements ViommuPort {
    private final TranslationPort port;
    private final FailNth failure;

    FailingPort(TranslationPort port, FailNth failure) {
        this.port = port;
        this.failure = failure;
    }

    @Override
    public DeviceFacts facts(DeviceId device) {
        failure.step("facts");
        return port.facts(device);
    }

    @Override
    public PagingTable createPaging(DeviceId device, PagingOptions options) {
        failure.step("table");
        return new FailingTable(port.createPaging(device, options));
    }

    @Override
    public NestedTable createNested(DeviceId device, PagingTable parent, TypedData data) {
        failure.step("nested table");
        return port.createNested(device, ((FailingTable) parent).table, data);
    }

    @Override
    public Viommu createViommu(DeviceId device, int type, PagingTable parent, byte[] data, EventSink events) {
        failure.step("virtual unit");
        if (!(port instanceof ViommuPort virtual)) {
            throw new VfioException(Errno.EOPNOTSUPP, "no virtual units");
        }
        return virtual.createViommu(device, type, ((FailingTable) parent).table, data, events);
    }

    @Override
    public void attach(DeviceId device, int pasid, Table table) {
        failure.step("attach");
        port.attach(device, pasid, table instanceof FailingTable failing ? failing.table : table);
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        port.detach(device, pasid);
    }

    @Override
    public void listen(DeviceId device, PageRequestListener listener) {
        port.listen(device, listener);
    }

    /** Maps fail; what cannot fail does not. */
    private final class FailingTable implements PagingTable {
        private final PagingTable table;

        private FailingTable(PagingTable table) {
            this.table = table;
        }

        @Override
        public void map(long iova, long physical, long size, int permissions) {
            failure.step("map");
            table.map(iova, physical, size, permissions);
        }

        @Override
        public void unmap(long iova, long size) {
            table.unmap(iova, size);
        }

        @Override
        public void trackDirty(boolean on) {
            failure.step("dirty");
            table.trackDirty(on);
        }

        @Override
        public void dirty(long iova, long last, boolean clear, DirtySink sink) {
            table.dirty(iova, last, clear, sink);
        }

        @Override
        public void release() {
            table.release();
        }
    }
}
