// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/**
 * A machine with one unit, made word by word: what is not written is not in the image. RAM ends at 64 GiB; the host has 46 address
 * bits. Registers start as those of a capable unit with translation and remapping on and a legacy root table at {@link #ROOT}.
 */
final class TestUnit {
    static final long ROOT = 0x10_0000;
    static final long CONTEXTS = 0x11_0000;
    static final long TABLE = 0x20_0000;
    static final long DIRECTORY = 0x12_0000;
    static final long PASIDS = 0x13_0000;
    static final long INTERRUPTS = 0x14_0000;
    static final long RAM_LAST = 0xf_ffff_ffffL;
    static final int HOST_BITS = 46;
    static final DeviceId DEVICE = DeviceId.parse("00:02.0");
    static final DeviceId IO_APIC = DeviceId.parse("ff:00.0");

    /** ND=6, 39, 48 and 57 bits, MGAW 57, fault records at 0x220 (8 of them), superpages, PSI, PI, FS1GP, FS5LP. */
    static final long CAP = 6L | 0b1110L << 8 | 56L << 16 | 0x22L << 24 | 3L << 34 | 1L << 39 | 7L << 40 | 1L << 56 | 1L << 59 | 1L << 60;
    /** QI, DT, IR, EIM, PT, SC, NEST, PRS, ERS, SRS, EAFS, PASID, SMTS, SSADS, SSTS, FSTS, SMPWCS, RPS. */
    static final long ECAP = 0b1101_1110L | 1L << 26 | 1L << 29 | 1L << 30 | 1L << 31 | 1L << 34 | 19L << 35 | 1L << 40 | 1L << 43
            | 1L << 45 | 1L << 46 | 1L << 47 | 1L << 48 | 1L << 49;

    private final Map<Integer, Integer> registers = new HashMap<>();
    private final TreeMap<Long, ByteBuffer> pages = new TreeMap<>();
    private List<AddressRange> ram = List.of(new AddressRange(0, RAM_LAST));
    private final Set<Long> readOnly = new HashSet<>();
    private PhysicalMemory memory;

    TestUnit() {
        register64(0x08, CAP);
        register64(0x10, ECAP);
        register32(0x1c, 1 << 31 | 1 << 30 | 1 << 25 | 1 << 24);
        register64(0x20, ROOT);
        register64(0xb8, INTERRUPTS | 3);
        page(ROOT);
        page(INTERRUPTS);
    }

    static TestUnit scalable() {
        return new TestUnit().register64(0x20, ROOT | 1 << 10);
    }

    TestUnit register32(int offset, int value) {
        registers.put(offset, value);
        return this;
    }

    TestUnit register64(int offset, long value) {
        return register32(offset, (int) value).register32(offset + 4, (int) (value >>> 32));
    }

    TestUnit forget(int offset) {
        registers.remove(offset);
        return this;
    }

    TestUnit ram(AddressRange... ranges) {
        ram = List.of(ranges);
        memory = null;
        return this;
    }

    /** Puts a page of zeros into the image. */
    TestUnit page(long address) {
        pages.computeIfAbsent(address & -4096L, a -> {
            memory = null;
            return ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
        });
        return this;
    }

    /** Writes words, and puts their page into the image if it was not. */
    TestUnit put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            long at = address + 8L * i;
            page(at);
            pages.get(at & -4096L).putLong((int) at & 4095, words[i]);
        }
        return this;
    }

    /** From now on nobody can write that page. */
    TestUnit readOnly(long page) {
        readOnly.add(page);
        memory = null;
        return this;
    }

    TestUnit drop(long page) {
        pages.remove(page);
        memory = null;
        return this;
    }

    /** Legacy entries for {@link #DEVICE}: its root entry, and this context entry. */
    TestUnit context(long low, long high) {
        return put(ROOT, CONTEXTS | 1, 0).put(CONTEXTS + 16L * DEVICE.devfn(), low, high);
    }

    /** A legacy context entry that names a 4-level table at {@link #TABLE}, domain 5. */
    TestUnit secondStage() {
        return context(TABLE | 1, 0x502).page(TABLE);
    }

    /** Scalable entries for {@link #DEVICE} that lead to this PASID table entry of PASID 0. */
    TestUnit pasid(long... words) {
        return put(ROOT, CONTEXTS | 1, 0).put(CONTEXTS + 32L * DEVICE.devfn(), DIRECTORY | 1 << 3 | 1, 0, 0, 0)
                .put(DIRECTORY, PASIDS | 1).put(PASIDS, Arrays.copyOf(words, 8));
    }

    /** A PASID table entry with 4-level second-stage tables at {@link #TABLE}, domain 7. */
    TestUnit pasidSecondStage() {
        return pasid(TABLE | 2 << 6 | 2 << 2 | 1, 7).page(TABLE);
    }

    /** A PASID table entry with 4-level first-stage tables at {@link #TABLE}, domain 7. */
    TestUnit pasidFirstStage() {
        return pasid(1 << 6 | 1, 7, TABLE).page(TABLE);
    }

    /** Writes a chain of tables from {@code table} down for {@code iova}: the entries given, top first; each but the last keeps a pointer. */
    TestUnit chain(long table, int levels, long iova, long... entries) {
        long at = table;
        for (int i = 0; i < entries.length; i++) {
            int shift = 12 + 9 * (levels - 1 - i);
            put(at + (iova >>> shift & 511) * 8, entries[i]);
            at = entries[i] & 0xf_ffff_ffff_f000L;
        }
        return this;
    }

    UnitContext context() {
        List<InterruptController> controllers = List.of(new InterruptController("io-apic", null, IO_APIC.requesterId(), Attributes.EMPTY));
        byte[] dmar = Arrays.copyOf("DMAR0".getBytes(StandardCharsets.US_ASCII), 48);
        dmar[4] = (byte) dmar.length;
        dmar[36] = HOST_BITS - 1;
        UnitDescription unit = new UnitDescription("dmar0", "intel-vtd", 0xfed9_0000L, Attributes.EMPTY);
        MachineDescription machine = new MachineDescription("test", null, ram, List.of(unit), List.of(), List.of(), controllers,
                List.of(new FirmwareTable("DMAR", dmar)), Attributes.EMPTY);
        return new UnitContext(machine, unit, memory(), new RegisterImage("dmar0", registers));
    }

    private PhysicalMemory memory() {
        if (memory == null) {
            PhysicalMemory.Builder builder = PhysicalMemory.builder();
            ram.forEach(builder::ram);
            pages.forEach((address, data) -> builder.data(address, data, !readOnly.contains(address)));
            memory = builder.build();
        }
        return memory;
    }

    Inspector inspector() {
        return new VtdBackend("test").inspector(context()).orElseThrow();
    }

    TranslationReport read(long iova) {
        return translate(TranslationRequest.NO_PASID, iova, Access.READ);
    }

    TranslationReport write(long iova) {
        return translate(TranslationRequest.NO_PASID, iova, Access.WRITE);
    }

    TranslationReport translate(int pasid, long iova, Access access) {
        return inspector().translate(new TranslationRequest(DEVICE, pasid, iova, access), true);
    }

    InterruptReport interrupt(DeviceId device, long address, long data) {
        return inspector().remapInterrupt(new InterruptRequest(device, address, data), true);
    }

    Found verify() {
        return verify(null);
    }

    Found verify(DeviceId device) {
        return Found.by(inspector(), device);
    }

    /** What a verification told. */
    record Found(List<Defect> defects, Set<Long> unknown) {
        static Found by(Inspector inspector, DeviceId device) {
            Found found = new Found(new ArrayList<>(), new HashSet<>());
            inspector.verify(device, new DefectSink() {
                @Override
                public void defect(Defect defect) {
                    found.defects.add(defect);
                }

                @Override
                public void unknown(long address) {
                    found.unknown.add(address);
                }

                @Override
                public void looked(long entries) {
                    // Counting is for progress.
                }
            });
            return found;
        }

        List<String> words() {
            return defects.stream().map(Defect::defect).toList();
        }
    }
}
