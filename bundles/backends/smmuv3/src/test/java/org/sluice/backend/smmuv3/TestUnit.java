// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/** A unit with a linear stream table of 64 entries over 32 MiB of memory at {@link #RAM}, into which tests write what they like. */
final class TestUnit {
    static final long RAM = 0x8000_0000L;
    static final long RAM_BYTES = 32 << 20;
    static final long STREAMS = RAM;
    static final long CONTEXTS = RAM + 0x1_0000;
    /** Root tables: room for 16 concatenated tables of 64 KiB. */
    static final long ROOT = RAM + 0x20_0000;
    static final long ROOT2 = RAM + 0x40_0000;
    /** Tables below the roots, 64 KiB each. */
    static final long TABLES = RAM + 0x80_0000;
    static final int SID = 3;

    /** Both stages, AArch64 tables, HTTU, HYP, 16-bit ids, two-level tables of both kinds, stalling optional. */
    static final int IDR0 = 3 | 2 << 2 | 2 << 6 | 1 << 9 | 1 << 12 | 1 << 18 | 1 << 19 | 1 << 27;
    /** 16-bit StreamIDs, 16-bit SubstreamIDs, permission overrides, queues of 2^8. */
    static final int IDR1 = 16 | 16 << 6 | 8 << 11 | 8 << 16 | 8 << 21 | 1 << 26;
    static final int IDR3 = 1 << 2 | 1 << 8 | 2 << 11;
    /** 44-bit output, all granules. */
    static final int IDR5 = 4 | 7 << 4;

    final PhysicalMemory memory;
    private final Map<Integer, Integer> registers = new TreeMap<>();

    TestUnit() {
        this(PhysicalMemory.allocate(AddressRange.ofSize(RAM, RAM_BYTES)));
    }

    TestUnit(PhysicalMemory memory) {
        this.memory = memory;
        set(IdRegisters.IDR0, IDR0).set(IdRegisters.IDR1, IDR1).set(IdRegisters.IDR3, IDR3).set(IdRegisters.IDR5, IDR5).set(IdRegisters.AIDR, 1);
        set(ControlRegisters.CR0, 0xd).set(ControlRegisters.CR2, 2).set(ControlRegisters.GBPA, 0x1000);
        set(ControlRegisters.STRTAB_BASE, STREAMS).set(ControlRegisters.STRTAB_BASE_CFG, 6);
    }

    TestUnit set(Register register, long value) {
        registers.put(register.offset(), (int) value);
        if (register.bytes() == Long.BYTES) {
            registers.put(register.offset() + 4, (int) (value >>> 32));
        }
        return this;
    }

    TestUnit forget(Register register) {
        registers.remove(register.offset());
        if (register.bytes() == Long.BYTES) {
            registers.remove(register.offset() + 4);
        }
        return this;
    }

    TestUnit put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeLong(address + 8L * i, words[i]);
        }
        return this;
    }

    TestUnit ste(long... words) {
        return put(STREAMS + 64L * SID, words);
    }

    /** A stage-1 entry with one context descriptor. */
    TestUnit stage1() {
        return ste(0xb | CONTEXTS, 0, 0, 0);
    }

    /** Word 0 of a context descriptor: T0SZ, 4K, no upper half, valid, 44 bits, AA64, R, A, ASID 7. */
    static long cd0(int t0sz) {
        return t0sz | 1L << 30 | 1L << 31 | 4L << 32 | 1L << 41 | 1L << 45 | 1L << 46 | 7L << 48;
    }

    TestUnit cd(long... words) {
        return put(CONTEXTS, words);
    }

    /** A stage-1 context with T0SZ = 16 and the root at {@link #ROOT}. */
    TestUnit plain() {
        return stage1().cd(cd0(16), ROOT, 0, 0xf404ff44L);
    }

    /**
     * Word 2 of a stage-2 entry: VMID 9, AA64, S2R, 44-bit output.
     *
     * @param granule S2TG: 0 4K, 1 64K, 2 16K
     */
    static long s2(int t0sz, int sl0, int granule) {
        return 9 | (long) t0sz << 32 | (long) sl0 << 38 | (long) granule << 46 | 4L << 48 | 1L << 51 | 1L << 58;
    }

    TestUnit stage2(int t0sz, int sl0, int granule) {
        return ste(0xd, 0, s2(t0sz, sl0, granule), ROOT);
    }

    /** Entries of a chain of tables from {@code root} for {@code iova}; the last word is the leaf. */
    TestUnit chain(long root, int granule, long iova, int startLevel, int startBits, int endLevel, long leaf) {
        long table = root;
        int stride = granule - 3;
        for (int level = startLevel;; level++) {
            int shift = granule + stride * (3 - level);
            int bits = level == startLevel ? startBits : stride;
            long address = table + ((iova >>> shift & (1L << bits) - 1) << 3);
            if (level == endLevel) {
                memory.writeLong(address, leaf);
                return this;
            }
            table = TABLES + 0x1_0000L * level;
            memory.writeLong(address, table | 3);
        }
    }

    UnitContext context() {
        return context(List.of());
    }

    UnitContext context(List<InterruptController> controllers) {
        UnitDescription unit = new UnitDescription("smmu", "arm-smmu-v3", 0x905_0000, Attributes.EMPTY);
        MachineDescription machine = new MachineDescription("test", Architecture.AARCH64, memory.ram(), List.of(unit), List.of(), List.of(),
                controllers, List.of(), Attributes.EMPTY);
        return new UnitContext(machine, unit, memory, new RegisterImage("smmu", registers));
    }

    Inspector inspector() {
        return new Smmuv3Backend("test").inspector(context()).orElseThrow();
    }

    TranslationReport ask(long iova, Access access) {
        return ask(-1, iova, access);
    }

    TranslationReport ask(int pasid, long iova, Access access) {
        return inspector().translate(new TranslationRequest(DeviceId.stream(SID), pasid, iova, access), true);
    }

    /** {@code 0x... size rwx} or the name of the fault, with {@code UNKNOWN} and what is missing. */
    String tell(int pasid, long iova, Access access) {
        TranslationReport report = ask(pasid, iova, access);
        if (report.result() == Result.UNKNOWN) {
            return "UNKNOWN " + (report.missing() == null ? report.reason() : Hex.of(report.missing()));
        }
        return report.result() == Result.FAULT ? report.fault().name()
                : Hex.of(report.output()) + (report.pageSize() == 0 ? "" : " " + report.pageSize() + " " + org.sluice.api.Permissions.text(report.permissions()));
    }

    String read(long iova) {
        return tell(-1, iova, Access.READ);
    }

    String write(long iova) {
        return tell(-1, iova, Access.WRITE);
    }

    /** Defects by word and address of the faulty entry. */
    List<String> defects() {
        List<String> found = new ArrayList<>();
        inspector().verify(null, new DefectSink() {
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
            }
        });
        return found;
    }
}
