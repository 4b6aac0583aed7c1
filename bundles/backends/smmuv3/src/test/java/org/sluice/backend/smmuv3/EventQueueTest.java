// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.IdRegisters;

/** The event queue (section 7.2), and every event's record word for word (section 7.3): 64-bit words, lowest first. */
public class EventQueueTest {
    private static final long PAGE = 0x4000_0f47L;
    private static final String SID = "3000000";
    private static final long IOVA = 0x1234_5678L;

    private UnitRig rig = UnitRig.started(UnitRig.full().plain());

    /** The access fails with that event, which is recorded so. */
    private void records(int code, String words) {
        assertEquals(UnitRig.fault(code), rig.read(IOVA));
        assertEquals(List.of(words), rig.events());
    }

    private void records(TestUnit machine, int code, String words) {
        rig = UnitRig.started(machine);
        records(code, words);
    }

    @Test
    public void badStreamIdOnlyOnRequest() {
        assertEquals(UnitRig.fault(0x02), rig.translate(64, -1, IOVA, Permissions.READ));
        assertEquals(List.of("4000000002 0 0 0"), rig.events());
        rig.registers.write32(UnitRig.CR0, UnitRig.EVENTQEN | UnitRig.CMDQEN);
        rig.registers.write32(UnitRig.CR2, 0);
        rig.registers.write32(UnitRig.CR0, UnitRig.EVENTQEN | UnitRig.CMDQEN | UnitRig.SMMUEN);
        assertEquals(UnitRig.fault(0x02), rig.translate(64, 0x5a, IOVA, Permissions.READ));
        assertEquals("CR2.RECINVSID = 0", List.of(), rig.events());
    }

    @Test
    public void streamEntryFetch() {
        rig.registers.write32(UnitRig.CR0, 0);
        rig.registers.write64(0x80, 0x7000_0000L);
        rig.registers.write32(UnitRig.CR0, UnitRig.SMMUEN | UnitRig.EVENTQEN);
        records(0x03, "3" + "00000003" + " 0 0 700000c0");
    }

    @Test
    public void badStreamEntry() {
        records(UnitRig.full(), 0x04, "300000004 0 0 0");
        assertEquals(UnitRig.fault(0x04), rig.translate(TestUnit.SID, 0xabcde, IOVA, Permissions.READ));
        assertEquals("with its SubstreamID", List.of("3abcde804 0 0 0"), rig.events());
    }

    @Test
    public void streamDisabled() {
        records(UnitRig.full().ste(0xb | TestUnit.CONTEXTS | 2L << 59, 0), 0x06, "300000006 0 0 0");
    }

    @Test
    public void badSubstream() {
        assertEquals(UnitRig.fault(0x08), rig.translate(TestUnit.SID, 1, IOVA, Permissions.READ));
        assertEquals(List.of("300001808 0 0 0"), rig.events());
    }

    @Test
    public void contextFetch() {
        records(UnitRig.full().ste(0xb | 0x7000_0000L, 0), 0x09, "300000009 0 0 70000000");
    }

    @Test
    public void badContext() {
        records(UnitRig.full().stage1(), 0x0a, "30000000a 0 0 0");
    }

    @Test
    public void walkAbort() {
        records(UnitRig.full().plain().put(TestUnit.ROOT, 0x7000_0003L), 0x0b, "30000000b 10800000000 12345678 70000000");
    }

    /** Word 1: RnW in bit 35, InD 34, PnU 33, S2 39, CLASS 41:40. */
    @Test
    public void translation() {
        records(0x10, "300000010 20800000000 12345678 0");
        assertEquals(UnitRig.fault(0x10), rig.write(IOVA));
        assertEquals(UnitRig.fault(0x10), rig.translate(TestUnit.SID, -1, IOVA, Permissions.EXECUTE));
        assertEquals(UnitRig.fault(0x10), rig.read(0xffff_0000_0000_0123L));
        assertEquals(List.of("300000010 20000000000 12345678 0", "300000010 20c00000000 12345678 0", "300000010 20800000000 ffff000000000123 0"),
                rig.events());
    }

    /** The record says what was translated: after STE.PRIVCFG and INSTCFG. */
    @Test
    public void overriddenAttributesAreRecorded() {
        records(UnitRig.full().plain().ste(0xb | TestUnit.CONTEXTS, 3L << 48 | 3L << 50), 0x10, "300000010 20e00000000 12345678 0");
    }

    @Test
    public void addressSizeAccessAndPermission() {
        records(UnitRig.full().plain().chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, PAGE | 1L << 44), 0x11, "300000011 20800000000 12345678 0");
        records(UnitRig.full().plain().chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, PAGE & ~0x400), 0x12, "300000012 20800000000 12345678 0");
        records(UnitRig.full().plain().chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, PAGE & ~0x40), 0x13, "300000013 20800000000 12345678 0");
    }

    @Test
    public void passedByAddressesMayBeTooWide() {
        rig = UnitRig.started(UnitRig.full().ste(0x9, 0));
        assertEquals(UnitRig.fault(0x11), rig.read(1L << 44 | 0x123));
        assertEquals(List.of("300000011 20800000000 100000000123 0"), rig.events());
    }

    /** Class IN with the intermediate address; class CD and TT with that of the structure. */
    @Test
    public void stageTwo() {
        records(UnitRig.full().stage2(20, 2, 0), 0x10, "300000010 28800000000 12345678 12345000");
        TestUnit nested = UnitRig.full().ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2);
        records(nested, 0x10, "300000010 8800000000 12345678 80010000");
        nested = UnitRig.full().ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2).cd(TestUnit.cd0(16), TestUnit.ROOT)
                .chain(TestUnit.ROOT2, 12, TestUnit.CONTEXTS, 0, 5, 3, TestUnit.CONTEXTS | 0x7ff);
        records(nested, 0x10, "300000010 18800000000 12345678 80200000");
    }

    /** TTRnW (bit 44) is that of the walk's own access: here a read of Device memory that STE.S2PTW forbids. */
    @Test
    public void aWalkThatIsNotPermitted() {
        TestUnit nested = UnitRig.full().ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0) | 1L << 54, TestUnit.ROOT2).cd(TestUnit.cd0(16), TestUnit.ROOT)
                .chain(TestUnit.ROOT2, 12, TestUnit.CONTEXTS, 0, 5, 1, TestUnit.RAM | 0x7c5);
        records(nested, 0x13, "300000013 118800000000 12345678 80200000");
    }

    @Test
    public void faultsOfTranslationOnlyOnRequest() {
        rig = UnitRig.started(UnitRig.full().plain().cd(TestUnit.cd0(16) & ~(1L << 45), TestUnit.ROOT));
        assertEquals(UnitRig.fault(0x10), rig.read(IOVA));
        assertEquals("CD.R = 0", List.of(), rig.events());
        rig = UnitRig.started(UnitRig.full().ste(0xd, 0, TestUnit.s2(20, 2, 0) & ~(1L << 58), TestUnit.ROOT));
        assertEquals(UnitRig.fault(0x10), rig.read(IOVA));
        assertEquals("STE.S2R = 0", List.of(), rig.events());
        rig = UnitRig.started(UnitRig.full().ste(0x1));
        assertEquals(UnitRig.fault(0), rig.read(IOVA));
        assertEquals("Config = 0", List.of(), rig.events());
    }

    /** OVFLG differs from OVACKFLG until software has caught up; what was queued stays. */
    @Test
    public void aFullQueueLosesWhatComesAndSaysSo() {
        for (int i = 0; i < 20; i++) {
            rig.read(IOVA + i);
        }
        assertEquals("full: same index, other wrap bit, overflow", 1 << 31 | 16, rig.registers.read32(UnitRig.EVENTQ_PROD));
        assertEquals(16, rig.events().size());
        rig.read(IOVA);
        assertEquals("space again, though not acknowledged", 1 << 31 | 17, rig.registers.read32(UnitRig.EVENTQ_PROD));
        rig.registers.write32(UnitRig.EVENTQ_CONS, 1 << 31 | 17);
        for (int i = 0; i < 17; i++) {
            rig.read(IOVA);
        }
        assertEquals("toggled back", 1, rig.registers.read32(UnitRig.EVENTQ_PROD));
    }

    @Test
    public void withoutAQueueEventsAreLost() {
        rig.registers.write32(UnitRig.CR0, UnitRig.SMMUEN);
        assertEquals(UnitRig.fault(0x10), rig.read(IOVA));
        assertEquals(0, rig.registers.read32(UnitRig.EVENTQ_PROD));
        assertEquals(0, rig.errors());
    }

    @Test
    public void aQueueThatCannotBeWrittenIsAGlobalError() {
        rig.registers.write32(UnitRig.CR0, UnitRig.SMMUEN);
        rig.registers.write64(0xa0, 0x7000_0000L | UnitRig.LOG2);
        rig.registers.write32(UnitRig.CR0, UnitRig.SMMUEN | UnitRig.EVENTQEN);
        assertEquals(UnitRig.fault(0x10), rig.read(IOVA));
        assertEquals("EVENTQ_ABT_ERR", 1 << 2, rig.errors());
        assertEquals(0, rig.registers.read32(UnitRig.EVENTQ_PROD));
    }

    /** A message when the queue is no longer empty, and none for the next. */
    @Test
    public void theFirstEventRaisesTheMessage() {
        rig.registers.write64(0xb0, 0x0809_0040L);
        rig.registers.write32(0xb8, 0x42);
        rig.registers.write32(UnitRig.IRQ_CTRL, 4);
        rig.read(IOVA);
        rig.read(IOVA);
        assertEquals(List.of("8090040:42"), rig.messages);
        rig.events();
        rig.read(IOVA);
        assertEquals(2, rig.messages.size());
        rig.registers.write32(UnitRig.IRQ_CTRL, 0);
        rig.registers.write64(0xb0, 1L << 44);
        rig.registers.write32(UnitRig.IRQ_CTRL, 4);
        rig.events();
        rig.read(IOVA);
        assertEquals("MSI_EVENTQ_ABT_ERR", 1 << 5, rig.errors());
    }

    /** What the image does not hold does not exist in hardware: refused without a record. */
    @Test
    public void unknownMemoryIsRefusedWithoutRecord() {
        TestUnit machine = new TestUnit(org.sluice.machine.PhysicalMemory.builder().ram(org.sluice.machine.AddressRange.ofSize(0x7000_0000L, 0x1000_0000))
                .ram(org.sluice.machine.AddressRange.ofSize(TestUnit.RAM, TestUnit.RAM_BYTES))
                .data(TestUnit.RAM, ByteBuffer.allocateDirect((int) TestUnit.RAM_BYTES), true).build());
        machine.set(IdRegisters.IDR0, UnitRig.IDR0).plain().put(TestUnit.ROOT, 0x7000_0003L);
        rig = UnitRig.started(machine);
        assertEquals(UnitRig.fault(0), rig.read(IOVA));
        assertEquals(List.of(), rig.events());
    }
}
