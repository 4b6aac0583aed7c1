// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.StructureLayout;

/** Every layout of this backend, for {@code layout-list}. */
public final class AmdViLayouts {
    public static final List<StructureLayout> ALL = all();

    private AmdViLayouts() {
    }

    private static List<StructureLayout> all() {
        List<StructureLayout> list = new ArrayList<>(List.of(DeviceTableEntry.LAYOUT, PagingEntry.HOST_TABLE, PagingEntry.HOST_PAGE,
                PagingEntry.GUEST,
                PagingEntry.GCR3, InterruptEntry.SHORT, InterruptEntry.LONG, InterruptEntry.POSTED, InterruptMessage.REQUEST, InterruptMessage.OUTPUT,
                LogEntries.EVENT, LogEntries.PPR, LogEntries.GA, Commands.UNKNOWN));
        list.addAll(Commands.ALL);
        Registers.ALL.forEach(register -> list.add(register.layout()));
        return List.copyOf(list);
    }
}
