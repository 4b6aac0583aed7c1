// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Commands of the command buffer, 16 bytes each, told apart by bits 63:60: section 2.4. */
public final class Commands {
    public static final int BYTES = 16;

    public static final StructureLayout COMPLETION_WAIT = command(1, "COMPLETION_WAIT", "2.4.1")
            .flag("s", 0, "store the data when all earlier commands are done")
            .flag("i", 1, "set Status.ComWaitInt")
            .flag("f", 2, "flush the queue first")
            .address("StoreAddress", 51, 3, "where the data goes")
            .reserved(59, 52)
            .value("StoreData", 127, 64, "data to store")
            .build();
    public static final StructureLayout INVALIDATE_DEVTAB_ENTRY = command(2, "INVALIDATE_DEVTAB_ENTRY", "2.4.2")
            .value("DeviceID", 15, 0, "whose entry changed").reserved(59, 16).reserved(127, 64).build();
    public static final StructureLayout INVALIDATE_IOMMU_PAGES = command(3, "INVALIDATE_IOMMU_PAGES", "2.4.3")
            .value("PASID", 19, 0, "with GN").reserved(31, 20).value("DomainID", 47, 32, "whose translations").reserved(59, 48)
            .flag("S", 64, "the address codes a size").flag("PDE", 65, "drop cached directory entries too")
            .flag("GN", 66, "guest translations of PASID")
            .reserved(75, 67).address("Address", 127, 76, "first page; with S the lowest zero bit tells the size").build();
    public static final StructureLayout INVALIDATE_IOTLB_PAGES = command(4, "INVALIDATE_IOTLB_PAGES", "2.4.4")
            .value("DeviceID", 15, 0, "whose IOTLB").value("PASIDMiddle", 23, 16, "PASID 15:8").value("MaxPend", 31, 24, "invalidations in flight")
            .value("QueueID", 47, 32, "queue of the device").value("PASIDLow", 55, 48, "PASID 7:0").value("PASIDHigh", 59, 56, "PASID 19:16")
            .flag("S", 64, "the address codes a size").reserved(65, 65).flag("GN", 66, "guest translations of PASID").reserved(67, 67)
            .value("Type", 69, 68, "with EFR.InvIotlbTypeSup").reserved(75, 70).address("Address", 127, 76, "first page").build();
    public static final StructureLayout INVALIDATE_INTERRUPT_TABLE = command(5, "INVALIDATE_INTERRUPT_TABLE", "2.4.5")
            .value("DeviceID", 15, 0, "whose interrupt table changed").reserved(59, 16).reserved(127, 64).build();
    public static final StructureLayout PREFETCH_IOMMU_PAGES = command(6, "PREFETCH_IOMMU_PAGES", "2.4.6")
            .value("DeviceID", 15, 0, "for whom").reserved(23, 16).value("Count", 31, 24, "pages").value("PASID", 51, 32, "with GN").reserved(59, 52)
            .flag("S", 64, "the address codes a size").reserved(65, 65).flag("GN", 66, "guest translations of PASID").reserved(67, 67)
            .flag("Inval", 68, "invalidate first").reserved(75, 69).address("Address", 127, 76, "first page").build();
    public static final StructureLayout COMPLETE_PPR_REQUEST = command(7, "COMPLETE_PPR_REQUEST", "2.4.7")
            .value("DeviceID", 15, 0, "who asked").reserved(31, 16).value("PASID", 51, 32, "with GN").reserved(59, 52)
            .reserved(65, 64).flag("GN", 66, "the request had a PASID").reserved(95, 67).value("Tag", 104, 96, "tag of the request")
            .reserved(107, 105)
            .value("Status", 111, 108, "answer", Map.of(0L, "success", 1L, "invalid request", 15L, "response failure")).reserved(127, 112).build();
    public static final StructureLayout INVALIDATE_IOMMU_ALL = command(8, "INVALIDATE_IOMMU_ALL", "2.4.8").reserved(59, 0).reserved(127, 64).build();

    /** A command whose opcode has no meaning: ILLEGAL_COMMAND_ERROR. */
    public static final StructureLayout UNKNOWN = AmdVi.structure("command", 128, "Command of any kind", "section 2.4")
            .value("Operand0", 59, 0, "operands").value("Opcode", 63, 60, "which command").value("Operand1", 127, 64, "operands").build();

    public static final List<StructureLayout> ALL = List.of(COMPLETION_WAIT, INVALIDATE_DEVTAB_ENTRY, INVALIDATE_IOMMU_PAGES, INVALIDATE_IOTLB_PAGES,
            INVALIDATE_INTERRUPT_TABLE, PREFETCH_IOMMU_PAGES, COMPLETE_PPR_REQUEST, INVALIDATE_IOMMU_ALL);

    public static final BitField OPCODE = field(UNKNOWN, "Opcode");
    public static final BitField STORE = field(COMPLETION_WAIT, "s");
    public static final BitField INTERRUPT = field(COMPLETION_WAIT, "i");
    public static final BitField STORE_ADDRESS = field(COMPLETION_WAIT, "StoreAddress");
    public static final BitField STORE_DATA = field(COMPLETION_WAIT, "StoreData");
    /** In every command that names a device. */
    public static final BitField DEVICE = field(INVALIDATE_DEVTAB_ENTRY, "DeviceID");
    public static final BitField PASID = field(INVALIDATE_IOMMU_PAGES, "PASID");
    public static final BitField DOMAIN = field(INVALIDATE_IOMMU_PAGES, "DomainID");
    /** In every command that names addresses. */
    public static final BitField SIZED = field(INVALIDATE_IOMMU_PAGES, "S");
    public static final BitField DIRECTORIES = field(INVALIDATE_IOMMU_PAGES, "PDE");
    public static final BitField GUEST = field(INVALIDATE_IOMMU_PAGES, "GN");
    public static final BitField ADDRESS = field(INVALIDATE_IOMMU_PAGES, "Address");
    public static final BitField PASID_LOW = field(INVALIDATE_IOTLB_PAGES, "PASIDLow");
    public static final BitField PASID_MIDDLE = field(INVALIDATE_IOTLB_PAGES, "PASIDMiddle");
    public static final BitField PASID_HIGH = field(INVALIDATE_IOTLB_PAGES, "PASIDHigh");
    public static final BitField PREFETCH_PASID = field(PREFETCH_IOMMU_PAGES, "PASID");
    public static final BitField INVALIDATE_FIRST = field(PREFETCH_IOMMU_PAGES, "Inval");
    public static final BitField REQUEST_TAG = field(COMPLETE_PPR_REQUEST, "Tag");
    public static final BitField REQUEST_STATUS = field(COMPLETE_PPR_REQUEST, "Status");

    private Commands() {
    }

    private static LayoutBuilder command(long opcode, String name, String section) {
        return AmdVi.structure(name, 128, "Command " + opcode, "section " + section).value("Opcode", 63, 60, "which command", Map.of(opcode, name));
    }

    /** The first word of a command without operands. */
    public static long opcode(StructureLayout command) {
        return OPCODE.put(ALL.indexOf(command) + 1);
    }

    /** The layout for a command by its first word. */
    public static StructureLayout of(long word0) {
        int type = typeOf(word0);
        return type == 0 ? UNKNOWN : ALL.get(type - 1);
    }

    /** The opcode in a command's first word, from 1 on as {@link #ALL} has them; 0 for one that has no meaning. */
    public static int typeOf(long word0) {
        int opcode = (int) OPCODE.get(word0);
        return opcode <= ALL.size() ? opcode : 0;
    }
}
