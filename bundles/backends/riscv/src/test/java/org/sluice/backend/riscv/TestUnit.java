// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/** A unit over 16 MiB of memory into which tests write what they like, word by word as the specification's figures have it. */
final class TestUnit {
    static final long RAM = 0x8000_0000L;
    static final long RAM_BYTES = 16 << 20;
    static final long DDT = RAM;
    static final long PDT = RAM + 0x1_0000;
    static final long FIRST = RAM + 0x10_0000;
    static final long SECOND = RAM + 0x20_0000;
    static final long MSI = RAM + 0x30_0000;
    static final long DATA = RAM + 0x80_0000;
    /** Version 1.0; Sv39, Sv48, Sv57; Svpbmt; x4 forms; AMO_HWAD, ATS, T2GPA, END; 46 address bits; PD8, PD17, PD20. */
    static final long CAPABILITIES = 0x10 | 7L << 9 | 1 << 15 | 7L << 17 | 15L << 24 | 46L << 32 | 7L << 38;
    static final long MSI_FLAT = 3L << 22;
    /** PTE bits V, R, W, X, U, A, D together. */
    static final long RWX = 0xdf;
    static final long BARE = 0;
    static final long SV39 = 8L << 60;
    static final long SV48 = 9L << 60;
    static final long SV57 = 10L << 60;

    final PhysicalMemory memory;
    private final Map<Integer, Integer> registers = new TreeMap<>();
    private long nextTable = RAM + 0x40_0000;

    TestUnit() {
        this(PhysicalMemory.allocate(AddressRange.ofSize(RAM, RAM_BYTES)));
    }

    TestUnit(PhysicalMemory memory) {
        this.memory = memory;
        set(Registers.CAPABILITIES, CAPABILITIES).set(Registers.FEATURES, 0).directory(1);
    }

    TestUnit set(Register register, long value) {
        registers.put(register.offset(), (int) value);
        if (register.layout().bits() == 64) {
            registers.put(register.offset() + 4, (int) (value >>> 32));
        }
        return this;
    }

    TestUnit forget(Register register) {
        registers.remove(register.offset());
        return this;
    }

    TestUnit directory(int levels) {
        return set(Registers.DIRECTORY, pointer(DDT) & ~1L | levels + 1);
    }

    /** A pointer of a directory, or of a page table: V and the page number in 53:10. */
    static long pointer(long address) {
        return address >>> 2 | 1;
    }

    static long leaf(long address, long bits) {
        return address >>> 2 | bits;
    }

    /** A field of mode and page number in 43:0: iohgatp, iosatp, pdtp, msiptp. */
    static long root(long mode, long address) {
        return mode | address >>> 12;
    }

    TestUnit put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeLong(address + 8L * i, words[i]);
        }
        return this;
    }

    /** A chain of pointers from {@code root} down to {@code endLevel}, and the leaf there; returns where the leaf stands. */
    long chain(long root, int levels, long iova, int endLevel, long leaf) {
        long table = root;
        for (int level = levels - 1;; level--) {
            boolean wide = level == levels - 1;
            long address = table + ((iova >>> 12 + 9 * level & (wide ? 0x7ff : 0x1ff)) << 3);
            if (level == endLevel) {
                memory.writeLong(address, leaf);
                return address;
            }
            if (memory.readLong(address) == 0) {
                nextTable += 0x1000;
                memory.writeLong(address, pointer(nextTable));
            }
            table = memory.readLong(address) >>> 10 << 12;
        }
    }

    UnitContext context() {
        UnitDescription unit = new UnitDescription("iommu", "riscv-iommu", 0x301_0000, Attributes.EMPTY);
        return new UnitContext(new MachineDescription("test", null, memory.ram(), List.of(unit), List.of(), List.of(), List.of(), List.of(), Attributes.EMPTY),
                unit, memory, new RegisterImage("iommu", registers));
    }

    Inspector inspector() {
        return new RiscvBackend("test").inspector(context()).orElseThrow();
    }

    TranslationReport ask(long device, int pasid, long iova, Access access) {
        return inspector().translate(new TranslationRequest(DeviceId.stream(device), pasid, iova, access), true);
    }

    /** {@code 0x... size rwx}, or the number of the fault, or {@code unknown} and what is missing. */
    String tell(long device, int pasid, long iova, Access access) {
        TranslationReport report = ask(device, pasid, iova, access);
        if (report.result() == Result.UNKNOWN) {
            return "unknown " + (report.missing() == null ? report.reason() : Hex.of(report.missing()));
        }
        return report.result() == Result.FAULT ? "fault " + report.fault().code()
                : Hex.of(report.output()) + (report.pageSize() == 0 ? "" : " " + report.pageSize() + " " + Permissions.text(report.permissions()));
    }

    /** Device 0 without process id. */
    String tell(long iova, Access access) {
        return tell(0, TranslationRequest.NO_PASID, iova, access);
    }

    String read(long iova) {
        return tell(iova, Access.READ);
    }

    List<String> defects(DeviceId device) {
        List<String> found = new ArrayList<>();
        inspector().verify(device, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                found.add(defect.defect() + " " + Hex.of(defect.address()));
            }

            @Override
            public void unknown(long address) {
                found.add("unknown " + Hex.of(address));
            }

            @Override
            public void looked(long entries) {
                // Not counted here.
            }
        });
        return found;
    }
}
