// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.machine.DeviceId;

/** What stream table entries and context descriptors decide, legal and not: sections 3.3, 5.2 and 5.4. */
public class ConfigurationTest {
    private static final long PAGE = 0x4000_0f47L;
    private static final String MAPPED = "0x40000000 4096 rwx";

    private final TestUnit unit = new TestUnit();

    /** A working stage-1 stream with one page at address 0. */
    private TestUnit working() {
        return unit.plain().chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE);
    }

    private String stream(long streamId) {
        return unit.inspector().translate(new TranslationRequest(DeviceId.stream(streamId), -1, 0, Access.READ), true).fault().name();
    }

    @Test
    public void translationOffAsksGbpa() {
        unit.set(ControlRegisters.CR0, 0);
        assertEquals("0xfff0000000", unit.read(0xff_f000_0000L));
        assertEquals("an address above OAS is aborted without event", "ABORT", unit.read(1L << 44));
        unit.set(ControlRegisters.GBPA, 1 << 20);
        assertEquals("ABORT", unit.read(0));
    }

    @Test
    public void bypassChecksTheAddressSize() {
        unit.ste(0x9);
        assertEquals("0xfffffffffff", unit.read((1L << 44) - 1));
        assertEquals("F_ADDR_SIZE", unit.read(1L << 44));
    }

    @Test
    public void streamsBeyondTheTableAreBad() {
        assertEquals("C_BAD_STREAMID", stream(64));
        assertEquals("C_BAD_STE", stream(63));
        unit.set(ControlRegisters.STRTAB_BASE_CFG, 20);
        assertEquals("SIDSIZE limits too", "C_BAD_STREAMID", stream(1 << 16));
    }

    @Test
    public void everyReservedConfigAborts() {
        for (int config = 0; config < 4; config++) {
            assertEquals("ABORT", unit.ste(1 | config << 1).read(0));
        }
    }

    @Test
    public void twoLevelStreamTables() {
        unit.set(ControlRegisters.STRTAB_BASE_CFG, 16 | 8 << 6 | 1 << 16);
        unit.put(TestUnit.STREAMS, TestUnit.TABLES | 9).put(TestUnit.STREAMS + 8, TestUnit.TABLES + 0x8000 | 3)
                .put(TestUnit.STREAMS + 16, TestUnit.TABLES | 10).put(TestUnit.STREAMS + 24, 0x7000_0000L | 1);
        unit.put(TestUnit.TABLES + 64 * 255, 1).put(TestUnit.TABLES + 0x8000 + 64 * 3, 1);
        assertEquals("ABORT", stream(255));
        assertEquals("ABORT", stream(0x103));
        assertEquals("Span = 3 has four entries", "C_BAD_STREAMID", stream(0x104));
        assertEquals("Span above SPLIT + 1", "C_BAD_STREAMID", stream(0x200));
        assertEquals("no RAM there", "F_STE_FETCH", stream(0x300));
        assertEquals("Span = 0", "C_BAD_STREAMID", stream(0x400));
        unit.set(ControlRegisters.STRTAB_BASE_CFG, 16 | 7 << 6 | 1 << 16);
        assertEquals("SPLIT = 7 reads as 6", "C_BAD_STREAMID", stream(255));
    }

    @Test
    public void illegalStreamEntries() {
        working();
        long one = 0xbL | TestUnit.CONTEXTS;
        ste("STRW reserved", one, 1L << 30);
        ste("STRW reserved", one, 3L << 30);
        ste("S1CDMax above SSIDSIZE", one | 17L << 59, 2);
        ste("pointer above OAS", 0xb | 1L << 44, 0);
        ste("AArch32 stage 2 not there", 0xd, 0, TestUnit.s2(20, 2, 0) & ~(1L << 51), TestUnit.ROOT);
        ste("granule reserved", 0xd, 0, TestUnit.s2(20, 2, 3), TestUnit.ROOT);
        ste("S2SL0 reserved", 0xd, 0, TestUnit.s2(24, 3, 0), TestUnit.ROOT);
        ste("S2T0SZ below 16", 0xd, 0, TestUnit.s2(15, 2, 0), TestUnit.ROOT);
        ste("S2T0SZ above 39", 0xd, 0, TestUnit.s2(40, 0, 0), TestUnit.ROOT);
        ste("wider than IAS", 0xd, 0, TestUnit.s2(19, 2, 0), TestUnit.ROOT);
        ste("32 concatenated tables", 0xd, 0, TestUnit.s2(20, 1, 0), TestUnit.ROOT);
        ste("nothing for the start level to resolve", 0xd, 0, TestUnit.s2(25, 2, 0), TestUnit.ROOT);
        ste("S2TTB above S2PS", 0xd, 0, TestUnit.s2(24, 1, 0) & ~(7L << 48) | 1L << 48, 1L << 36);
        assertEquals("S1STALLD is legal where stalling is optional", MAPPED, unit.ste(one, 1 << 27).read(0));
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 1 << 24);
        ste("S1STALLD where there is no stalling", one, 1 << 27);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~(1 << 19));
        ste("two-level contexts not there", one | 1 << 4 | 3L << 59, 2);
        assertEquals("S1Fmt does not matter with one descriptor", MAPPED, unit.ste(one | 1 << 4, 0).read(0));
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~2);
        ste("no stage 1", one, 0);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~1);
        ste("no stage 2", 0xd, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~(3 << 6));
        ste("no hardware updates", 0xd, 0, TestUnit.s2(20, 2, 0) | 1L << 56, TestUnit.ROOT);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 1 << 10);
        ste("EATS = 2 with one stage", one, 2 << 28);
        ste("EATS = 1 with S2S = 1", 0xd, 1 << 28, TestUnit.s2(20, 2, 0) | 1L << 57, TestUnit.ROOT);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 2 << 21);
        ste("big-endian tables not there", 0xd, 0, TestUnit.s2(20, 2, 0) | 1L << 52, TestUnit.ROOT);
    }

    private void ste(String why, long... words) {
        long[] all = new long[4];
        System.arraycopy(words, 0, all, 0, words.length);
        assertEquals(why, "C_BAD_STE", unit.ste(all).read(0));
    }

    @Test
    public void illegalContextDescriptors() {
        working();
        long good = TestUnit.cd0(16);
        cd("not valid", good & ~(1L << 31));
        cd("AA64 = 0", good & ~(1L << 41));
        cd("T0SZ below 16", TestUnit.cd0(15));
        cd("T0SZ above 39", TestUnit.cd0(40));
        cd("TG0 reserved", good | 3 << 6);
        cd("TG1 reserved", good & ~(1L << 30) | 16L << 16);
        cd("T1SZ above 39", good & ~(1L << 30) | 40L << 16 | 2L << 22);
        cd("TTB0 above IPS", good & ~(7L << 32), 1L << 32);
        assertEquals("EPD1 hides the upper half's fields", MAPPED, unit.cd(good | 63L << 16, TestUnit.ROOT, 1L << 50).read(0));
        unit.ste(0xbL | TestUnit.CONTEXTS, 1 << 27);
        cd("S = 1 with S1STALLD", good | 1L << 44);
        unit.stage1().set(IdRegisters.IDR0, TestUnit.IDR0 | 1 << 24);
        cd("S = 1 where there is no stalling", good | 1L << 44);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 2 << 24);
        cd("S = 0 where stalling is forced", good);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 1 << 26);
        cd("A = 0 where terminated accesses always abort", good & ~(1L << 46));
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~(2 << 6) | 1 << 6);
        cd("HD with access flags only", good | 3L << 42);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 & ~(1 << 12));
        cd("16-bit ASID", good | 0x100L << 48);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0 | 2 << 21);
        cd("big-endian tables", good | 1L << 15);
        unit.set(IdRegisters.IDR0, TestUnit.IDR0).set(IdRegisters.IDR5, 4 | 6 << 4);
        cd("4K not there", good);
    }

    private void cd(String why, long word0) {
        cd(why, word0, TestUnit.ROOT);
    }

    private void cd(String why, long word0, long ttb0) {
        assertEquals(why, "C_BAD_CD", unit.cd(word0, ttb0, 0).read(0));
    }

    @Test
    public void tablesNotModelledAreUnknownNotGuessed() {
        working().set(IdRegisters.IDR0, TestUnit.IDR0 | 3 << 2);
        assertTrue(unit.cd(TestUnit.cd0(16) & ~(1L << 41), TestUnit.ROOT, 0).read(0).contains("AArch32"));
    }

    @Test
    public void descriptorsOutsideMemoryAreFetchFaults() {
        unit.ste(0xb | 0x7000_0000L);
        assertEquals("F_CD_FETCH", unit.read(0));
    }

    @Test
    public void substreams() {
        working();
        assertEquals("one descriptor only", "C_BAD_SUBSTREAMID", unit.tell(0, 0, Access.READ));
        long table = 0xb | TestUnit.CONTEXTS | 3L << 59;
        unit.put(TestUnit.CONTEXTS + 64 * 5, TestUnit.cd0(16), TestUnit.ROOT).ste(table, 0);
        assertEquals(MAPPED, unit.tell(5, 0, Access.READ));
        assertEquals("C_BAD_SUBSTREAMID", unit.tell(8, 0, Access.READ));
        assertEquals("C_BAD_CD", unit.tell(7, 0, Access.READ));
        assertEquals("S1DSS = 0", "F_STREAM_DISABLED", unit.read(0));
        assertEquals(MAPPED, unit.tell(0, 0, Access.READ));
        assertEquals("S1DSS = 1", "0x1234", unit.ste(table, 1).read(0x1234));
        assertEquals("F_ADDR_SIZE", unit.read(1L << 44));
        assertEquals("S1DSS = 2", MAPPED, unit.ste(table, 2).read(0));
        assertEquals("F_STREAM_DISABLED", unit.tell(0, 0, Access.READ));
        assertEquals("S1DSS = 3 reads as 0", "F_STREAM_DISABLED", unit.ste(table, 3).read(0));
        assertEquals("bypass has no substreams", "C_BAD_SUBSTREAMID", unit.ste(9, 0).tell(5, 0, Access.READ));
        assertEquals("an aborting entry comes first", "ABORT", unit.ste(1, 0).tell(5, 0, Access.READ));
        unit.set(IdRegisters.IDR1, TestUnit.IDR1 & ~(31 << 6));
        assertEquals("no substreams in this unit", "C_BAD_STE", unit.ste(table, 2).read(0));
    }

    @Test
    public void twoLevelContextTables() {
        working();
        unit.ste(0xb | TestUnit.CONTEXTS | 1 << 4 | 10L << 59, 0);
        long leaf = TestUnit.TABLES + 0x40_0000;
        unit.put(TestUnit.CONTEXTS, 0, leaf | 1, 1L << 44 | 1).put(leaf + 64 * 2, TestUnit.cd0(16), TestUnit.ROOT);
        assertEquals(MAPPED, unit.tell(66, 0, Access.READ));
        assertEquals("V = 0 at level 1", "C_BAD_SUBSTREAMID", unit.tell(3, 0, Access.READ));
        assertEquals("L2Ptr above the address size", "C_BAD_SUBSTREAMID", unit.tell(128, 0, Access.READ));
        unit.ste(0xb | TestUnit.CONTEXTS | 2 << 4 | 12L << 59, 0).put(TestUnit.CONTEXTS, leaf | 1).put(leaf + 64 * 1000, TestUnit.cd0(16), TestUnit.ROOT);
        assertEquals("64 KiB leaves", MAPPED, unit.tell(1000, 0, Access.READ));
    }

    @Test
    public void substreamsAreListed() {
        working().ste(0xb | TestUnit.CONTEXTS | 1 << 4 | 12L << 59, 2);
        long leaf = TestUnit.TABLES + 0x40_0000;
        unit.put(TestUnit.CONTEXTS, leaf | 1).put(TestUnit.CONTEXTS + 8 * 63, leaf + 0x1000 | 1);
        unit.put(leaf, TestUnit.cd0(16), TestUnit.ROOT).put(leaf + 64 * 9, TestUnit.cd0(16), TestUnit.ROOT)
                .put(leaf + 0x1000 + 64 * 63, TestUnit.cd0(16), TestUnit.ROOT);
        List<Integer> pasids = new ArrayList<>();
        unit.inspector().contexts(c -> pasids.add(c.pasid()));
        assertEquals(List.of(-1, 9, 4095), pasids);
    }

    @Test
    public void el2HasOneHalfUnlessItIsAHost() {
        working().ste(0xb | TestUnit.CONTEXTS, 2L << 30).cd(TestUnit.cd0(16) & ~(1L << 30) | 16L << 16 | 2L << 22, TestUnit.ROOT, TestUnit.ROOT);
        assertEquals(MAPPED, unit.read(0));
        assertEquals("F_TRANSLATION", unit.read(0xffff_0000_0000_0000L));
        unit.set(ControlRegisters.CR2, 3);
        assertEquals(MAPPED, unit.read(0xffff_0000_0000_0000L));
    }

    @Test
    public void requestsWithPasidOnStageTwoOnlyAreBad() {
        assertEquals("C_BAD_SUBSTREAMID", unit.stage2(20, 2, 0).tell(1, 0, Access.READ));
    }

    /** STE.EATS (bits 29:28 of word 1; sheet 3): which rule is broken stands in the reason. */
    @Test
    public void wrongAtsSettingsAreNamed() {
        TestUnit ats = UnitRig.full().plain();
        ats.ste(0xb | TestUnit.CONTEXTS, 2L << 28);
        assertEquals("C_BAD_STE", ats.read(0));
        assertTrue(ats.ask(0, Access.READ).reason(), ats.ask(0, Access.READ).reason().contains("EATS=2"));
        ats.ste(0xd, 1L << 28, TestUnit.s2(20, 2, 0) | 1L << 57, TestUnit.ROOT);
        assertEquals("C_BAD_STE", ats.read(0));
        assertTrue(ats.ask(0, Access.READ).reason(), ats.ask(0, Access.READ).reason().contains("EATS=1 together with S2S=1"));
    }

    /** A structure at address 0 is one that is not in memory, as any other there. */
    @Test
    public void aContextDescriptorAtAddressZeroCannotBeRead() {
        assertEquals("F_CD_FETCH", unit.ste(0xb, 0, 0, 0).read(0));
    }
}
