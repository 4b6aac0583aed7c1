// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.StructureLayout;

/** All layouts of VT-d, for decoding by name. */
public final class VtdLayouts {
    public static final List<StructureLayout> ALL = all();

    private VtdLayouts() {
    }

    private static List<StructureLayout> all() {
        List<StructureLayout> list = new ArrayList<>(List.of(RootEntry.LEGACY, RootEntry.SCALABLE, ContextEntry.LAYOUT,
                ScalableContextEntry.LAYOUT, PasidEntry.DIRECTORY, PasidEntry.LAYOUT, PagingEntry.SECOND_STAGE, PagingEntry.FIRST_STAGE,
                InterruptEntry.REMAPPED, InterruptEntry.POSTED, InterruptEntry.POSTED_DESCRIPTOR, MessageFormat.REMAPPABLE,
                MessageFormat.COMPATIBILITY, EventRegisters.FAULT_RECORD, QueueDescriptors.PAGE_REQUEST));
        list.addAll(QueueDescriptors.BY_TYPE);
        list.add(QueueDescriptors.UNKNOWN);
        Registers.ALL.forEach(register -> list.add(register.layout()));
        list.add(ControlRegisters.IVA_LAYOUT);
        list.add(ControlRegisters.IOTLB_LAYOUT);
        return List.copyOf(list);
    }
}
