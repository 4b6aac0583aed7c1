// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.register.Register;

/** Where tables, buffers and logs are, and how far buffers got: section 3.4. */
public final class BaseRegisters {
    private static final String CHAPTER = "section 3.4, ";

    /** Entries of the device table in one page. */
    public static final int ENTRIES_PER_PAGE = 128;
    /** Smallest length code of a buffer; those below are reserved. */
    public static final int MIN_LENGTH = 8;
    /** Segments of the device table beside the first. */
    public static final int MORE_SEGMENTS = 7;

    public static final Register DEVTAB_BASE = Register.of(0x0000, deviceTable("DEVTAB_BASE", "Device table base"));
    public static final Register CMDBUF_BASE = Register.of(0x0008, buffer("CMDBUF_BASE", "Command buffer base", "entries of 16 bytes"));
    public static final Register EVTLOG_BASE = Register.of(0x0010, buffer("EVTLOG_BASE", "Event log base", "entries of 16 bytes"));
    public static final Register EXCL_BASE = Register.of(0x0020, AmdVi.structure("EXCL_BASE", 64, "Exclusion range base", CHAPTER + "MMIO 0020h")
            .flag("ExEn", 0, "the range is on").flag("Allow", 1, "for all devices, else where EX is set").reserved(11, 2)
            .address("Base", 51, 12, "first page").reserved(63, 52).build());
    public static final Register EXCL_LIMIT = Register.of(0x0028, AmdVi.structure("EXCL_LIMIT", 64, "Exclusion range limit", CHAPTER + "MMIO 0028h")
            .reserved(11, 0).address("Limit", 51, 12, "last page").reserved(63, 52).build());
    public static final Register PPRLOG_BASE = Register.of(0x0038, buffer("PPRLOG_BASE", "Peripheral page request log base", "entries of 16 bytes"));
    public static final Register GALOG_BASE = Register.of(0x00e0, buffer("GALOG_BASE", "Guest virtual APIC log base", "entries of 8 bytes"));
    public static final Register GALOG_TAIL_ADDR = Register.of(0x00e8,
            AmdVi.structure("GALOG_TAIL_ADDR", 64, "Where the GA log tail is stored", CHAPTER + "MMIO 00E8h")
            .reserved(2, 0).address("Address", 51, 3, "8 bytes").reserved(63, 52).build());
    /** Segments 1 to 7 of the device table; segment 0 is {@link #DEVTAB_BASE}. */
    public static final List<Register> SEGMENTS = segments();

    public static final Register CMDBUF_HEAD = Register.of(0x2000, pointer("CMDBUF_HEAD", 0x2000, 18, 4));
    public static final Register CMDBUF_TAIL = Register.of(0x2008, pointer("CMDBUF_TAIL", 0x2008, 18, 4));
    public static final Register EVTLOG_HEAD = Register.of(0x2010, pointer("EVTLOG_HEAD", 0x2010, 18, 4));
    public static final Register EVTLOG_TAIL = Register.of(0x2018, pointer("EVTLOG_TAIL", 0x2018, 18, 4));
    public static final Register PPRLOG_HEAD = Register.of(0x2030, pointer("PPRLOG_HEAD", 0x2030, 18, 4));
    public static final Register PPRLOG_TAIL = Register.of(0x2038, pointer("PPRLOG_TAIL", 0x2038, 18, 4));
    public static final Register GALOG_HEAD = Register.of(0x2040, pointer("GALOG_HEAD", 0x2040, 15, 3));
    public static final Register GALOG_TAIL = Register.of(0x2048, pointer("GALOG_TAIL", 0x2048, 15, 3));

    public static final BitField TABLE_BASE = field(DEVTAB_BASE.layout(), "Base");
    public static final BitField TABLE_SIZE = field(DEVTAB_BASE.layout(), "Size");
    public static final BitField BUFFER_BASE = field(CMDBUF_BASE.layout(), "Base");
    public static final BitField BUFFER_LENGTH = field(CMDBUF_BASE.layout(), "Length");
    public static final BitField EXCLUSION_ENABLED = field(EXCL_BASE.layout(), "ExEn");
    public static final BitField EXCLUSION_FOR_ALL = field(EXCL_BASE.layout(), "Allow");
    public static final BitField EXCLUSION_BASE = field(EXCL_BASE.layout(), "Base");
    public static final BitField EXCLUSION_LIMIT = field(EXCL_LIMIT.layout(), "Limit");

    public static final BitField TAIL_ADDRESS = field(GALOG_TAIL_ADDR.layout(), "Address");
    public static final BitField POINTER = field(CMDBUF_HEAD.layout(), "Offset");
    public static final BitField GA_POINTER = field(GALOG_HEAD.layout(), "Offset");

    private BaseRegisters() {
    }

    private static List<Register> segments() {
        List<Register> list = new ArrayList<>();
        for (int k = 1; k <= MORE_SEGMENTS; k++) {
            list.add(Register.of(0x0100 + 8 * (k - 1), deviceTable("DEVTAB_BASE_SEG" + k, "Device table segment " + k + " base")));
        }
        return List.copyOf(list);
    }

    private static StructureLayout deviceTable(String name, String title) {
        return AmdVi.structure(name, 64, title, CHAPTER + name)
                .value("Size", 8, 0, "the table has (Size + 1) pages of 128 entries")
                .reserved(11, 9)
                .address("Base", 51, 12, "device table")
                .reserved(63, 52)
                .build();
    }

    private static StructureLayout buffer(String name, String title, String entries) {
        return AmdVi.structure(name, 64, title, CHAPTER + name)
                .reserved(11, 0)
                .address("Base", 51, 12, "buffer")
                .reserved(55, 52)
                .value("Length", 59, 56, "2^n " + entries + ", n from 8 to 15")
                .reserved(63, 60)
                .build();
    }

    private static StructureLayout pointer(String name, int offset, int high, int low) {
        return AmdVi.structure(name, 64, name.endsWith("HEAD") ? "Next entry to be read" : "Next entry to be written", CHAPTER
                + String.format("MMIO %04Xh", offset))
                .reserved(low - 1, 0)
                .address("Offset", high, low, "bytes from the start of the buffer")
                .reserved(63, high + 1)
                .build();
    }
}
