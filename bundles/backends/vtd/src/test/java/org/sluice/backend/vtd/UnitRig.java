// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.model.VtdUnit;
import org.sluice.machine.RegisterPort;

/** A unit from reset on, and software that programs it by numbers from the register descriptions alone. */
final class UnitRig {
    static final int RID = TestUnit.DEVICE.requesterId();
    static final long QUEUE = 0x40_0000;
    static final long STATUS = 0x41_0000;
    static final int FSTS = 0x34;
    static final int FECTL = 0x38;
    static final int IECTL = 0xa0;
    static final int IQH = 0x80;
    static final int IQT = 0x88;
    static final int IQERCD = 0xb0;
    static final int RECORDS = 0x220;
    static final int IOTLB = 0x508;
    static final int TE = 1 << 31;
    static final int SRTP = 1 << 30;
    static final int QIE = 1 << 26;
    static final int IRE = 1 << 25;
    static final int SIRTP = 1 << 24;
    /** As {@link TestUnit}'s, with masks of up to 18 pages bits, 2 fault records. */
    static final long CAP = TestUnit.CAP & ~(0xffL << 40) | 1L << 40 | 18L << 48;
    /** As {@link TestUnit}'s, with invalidation registers at 0x500 and interrupt masks of up to 15 bits. */
    static final long ECAP = TestUnit.ECAP | 0x50L << 8 | 15L << 20;

    final TestUnit machine;
    final VtdUnit unit;
    final RegisterPort registers;
    final List<String> messages = new ArrayList<>();
    private boolean wide;

    private UnitRig(TestUnit machine) {
        this(machine, 0, 0);
    }

    private UnitRig(TestUnit machine, long cap, long lacking) {
        this.machine = machine.register32(0, 0x40).register64(0x08, CAP | cap).register64(0x10, ECAP & ~lacking).register32(0x1c, 0).register64(0x20, 0)
                .page(QUEUE).page(STATUS);
        unit = (VtdUnit) new VtdBackend("test").model(machine.context()).orElseThrow();
        registers = unit.registers();
        unit.setInterruptSink((address, data) -> messages.add(Long.toHexString(address) + ":" + Integer.toHexString(data)));
    }

    /** The unit after reset; nothing is programmed. */
    static UnitRig reset(TestUnit machine) {
        return new UnitRig(machine);
    }

    /** @param cap more bits of CAP */
    static UnitRig reset(TestUnit machine, long cap) {
        return new UnitRig(machine, cap, 0);
    }

    /** @param ecap bits of ECAP that the unit does not have */
    static UnitRig lacking(TestUnit machine, long ecap) {
        return new UnitRig(machine, 0, ecap);
    }

    /** Legacy tables in use. */
    static UnitRig legacy(TestUnit machine) {
        return new UnitRig(machine).roots(TestUnit.ROOT);
    }

    /** Scalable tables in use. */
    static UnitRig scalable(TestUnit machine) {
        return new UnitRig(machine).roots(TestUnit.ROOT | 1 << 10);
    }

    private UnitRig roots(long rtaddr) {
        registers.write64(0x20, rtaddr);
        command(SRTP);
        command(TE);
        return this;
    }

    /** Switches on or does once, keeping what is on. */
    void command(int bit) {
        registers.write32(0x18, registers.read32(0x1c) & 0x96ff_ffff | bit);
    }

    /** Switches the queue on: one page. */
    UnitRig queue(boolean is256) {
        wide = is256;
        registers.write64(0x90, QUEUE | (wide ? 1 << 11 : 0));
        command(QIE);
        return this;
    }

    /** Puts a descriptor at the tail and rings. */
    void submit(long... words) {
        long tail = registers.read64(IQT);
        machine.put(QUEUE + tail, words);
        registers.write64(IQT, tail + (wide ? 32 : 16) & 0xfff);
    }

    /** Puts a descriptor at the tail and rings; it must be done then. */
    void done(long... words) {
        submit(words);
        assertEquals(registers.read64(IQT), registers.read64(IQH));
        assertEquals(0, registers.read32(FSTS) & 0x70);
    }

    long read(long iova) {
        return unit.translate(RID, TranslationRequest.NO_PASID, iova, Permissions.READ);
    }

    long write(long iova) {
        return unit.translate(RID, TranslationRequest.NO_PASID, iova, Permissions.WRITE);
    }
}
