// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.StructureLayout;

/** All layouts of SMMUv3, for decoding by name. */
public final class SmmuLayouts {
    public static final List<StructureLayout> ALL = all();

    private SmmuLayouts() {
    }

    private static List<StructureLayout> all() {
        List<StructureLayout> list = new ArrayList<>(List.of(StreamEntry.LEVEL_1, StreamEntry.LAYOUT, ContextDescriptor.LEVEL_1,
                ContextDescriptor.LAYOUT, TableDescriptor.TABLE, TableDescriptor.STAGE_1, TableDescriptor.STAGE_2, EventRecord.CONFIGURATION,
                EventRecord.FETCH, EventRecord.TRANSLATION, EventRecord.ATS_REQUEST, EventRecord.PAGE_REQUEST));
        list.addAll(Command.layouts());
        Registers.ALL.forEach(register -> list.add(register.layout()));
        return List.copyOf(list);
    }
}
