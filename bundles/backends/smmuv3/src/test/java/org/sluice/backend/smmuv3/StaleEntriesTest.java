// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;

/**
 * What is cached stays, however memory changes, until the command that names it; and a command drops what it names and nothing else
 * (sections 4.3 and 4.4). Every case here reads the whole set after one command: "new" where the entry was dropped.
 */
public class StaleEntriesTest {
    private static final long IOVA = 0x20_3000L;
    private static final long FAR = 0x100_0000_0000L;
    private static final long OLD = 0x4000_0000L;
    private static final long NEW = 0x5000_0000L;
    private static final long LEAF = 0xf47;
    private static final long GLOBAL = LEAF & ~0x800;

    private final TestUnit machine = UnitRig.full();
    private UnitRig rig;

    /** A stream with tables of its own. */
    private record Context(String name, int stream, long root, long leafBits) {
    }

    private final List<Context> contexts = new ArrayList<>();

    private static long root(int stream) {
        return TestUnit.TABLES + 0x40_0000L + 0x1_0000L * stream;
    }

    /** Tables from the root's page on: three more levels behind it, one leaf for each of two addresses. */
    private void map(Context c, long output) {
        for (long iova : new long[] {IOVA, FAR}) {
            long table = c.root;
            for (int level = 0; level < 3; level++) {
                long next = c.root + 0x1000L * (1 + level + (iova == FAR ? 3 : 0));
                machine.put(table + ((iova >>> 39 - 9 * level & 0x1ff) << 3), next | 3);
                table = next;
            }
            machine.put(table + ((iova >>> 12 & 0x1ff) << 3), output | (iova & 0xf000) | c.leafBits);
        }
    }

    private void add(String name, int stream, long leafBits, long... ste) {
        Context c = new Context(name, stream, root(stream), leafBits);
        contexts.add(c);
        machine.put(TestUnit.STREAMS + 64L * stream, ste);
        map(c, OLD);
    }

    private long cd(int stream, int asid) {
        long at = TestUnit.CONTEXTS + 64L * stream;
        machine.put(at, TestUnit.cd0(16) & ~(0xffffL << 48) | (long) asid << 48, root(stream), 0, 0xff);
        return at;
    }

    private static long vmid(int vmid) {
        return TestUnit.s2(20, 2, 0) & ~0xffffL | vmid;
    }

    /** Streams of every kind. VMIDs and ASIDs are such that no two share a counter of the cache, which may drop more than is named. */
    private void everyKind() {
        add("asid7", 0, LEAF, 0xb | cd(0, 7), 0, 1);
        add("asid8", 1, LEAF, 0xb | cd(1, 8), 0, 1);
        add("vm2", 2, LEAF, 0xb | cd(2, 7), 0, 2);
        add("global", 3, GLOBAL, 0xb | cd(3, 9), 0, 4);
        add("s2", 4, 0x7ff, 0xd, 0, vmid(1), root(4));
        add("s2vm2", 5, 0x7ff, 0xd, 0, vmid(2), root(5));
        add("el2", 6, LEAF, 0xb | cd(6, 7), 2L << 30);
        add("nested", 7, LEAF, 0xf | cd(7, 35), 0, vmid(1), TestUnit.ROOT2);
        machine.put(TestUnit.ROOT2, TestUnit.TABLES | 3).put(TestUnit.TABLES + 8, 0x4000_07fdL).put(TestUnit.TABLES + 16, 0x8000_07fdL);
        add("privileged", 8, LEAF & ~0x40, 0xb | cd(8, 7), 3L << 48, 1);
        rig = UnitRig.started(machine);
    }

    private long ask(Context c, long iova) {
        return rig.translate(c.stream, TranslationRequest.NO_PASID, iova, Permissions.READ);
    }

    /** Fills the caches, changes every leaf behind the unit's back, gives the command, and tells who sees the new leaves at an address. */
    private String seesNew(long iova, long low, long high) {
        rig.done(0x04, 31).done(0x30, 0).done(0x20, 0);
        contexts.forEach(c -> map(c, OLD));
        for (Context c : contexts) {
            assertEquals(c.name, OLD | IOVA & 0xf000, ask(c, IOVA) & ~0xfffL);
            assertEquals(c.name, OLD | FAR & 0xf000, ask(c, FAR) & ~0xfffL);
        }
        contexts.forEach(c -> map(c, NEW));
        contexts.forEach(c -> assertEquals(c.name + " is stale", OLD | iova & 0xf000, ask(c, iova)));
        rig.done(low, high);
        StringBuilder dropped = new StringBuilder();
        for (Context c : contexts) {
            dropped.append(ask(c, iova) == (NEW | iova & 0xf000) ? c.name + " " : "");
        }
        return dropped.toString().trim();
    }

    private static long vm(int vmid) {
        return (long) vmid << 32;
    }

    private static long as(int asid) {
        return (long) asid << 48;
    }

    @Test
    public void everyTlbiDropsWhatItNames() {
        everyKind();
        assertEquals("asid7 asid8 nested privileged", seesNew(IOVA, 0x10 | vm(1), 0));
        assertEquals("vm2", seesNew(IOVA, 0x10 | vm(2), 0));
        assertEquals("", seesNew(IOVA, 0x10 | vm(3), 0));
        assertEquals("asid7 privileged", seesNew(IOVA, 0x11 | vm(1) | as(7), 0));
        assertEquals("nested", seesNew(IOVA, 0x11 | vm(1) | as(35), 0));
        assertEquals("asid7 privileged", seesNew(IOVA, 0x12 | vm(1) | as(7), IOVA));
        assertEquals("asid8", seesNew(IOVA, 0x12 | vm(1) | as(8), IOVA | 1));
        assertEquals("asid7 asid8 nested privileged", seesNew(IOVA, 0x13 | vm(1), IOVA));
        assertEquals("s2", seesNew(IOVA, 0x2a | vm(1), IOVA));
        assertEquals("asid7 asid8 s2 nested privileged", seesNew(IOVA, 0x28 | vm(1), 0));
        assertEquals("vm2 s2vm2", seesNew(IOVA, 0x28 | vm(2), 0));
        assertEquals("global pages have no ASID", "", seesNew(IOVA, 0x11 | vm(4) | as(9), 0));
        assertEquals("and match every one", "global", seesNew(IOVA, 0x12 | vm(4) | as(1), IOVA));
        assertEquals("global", seesNew(IOVA, 0x13 | vm(4), IOVA));
        assertEquals("global", seesNew(IOVA, 0x10 | vm(4), 0));
        assertEquals("el2", seesNew(IOVA, 0x20, 0));
        assertEquals("el2", seesNew(IOVA, 0x22, IOVA));
        assertEquals("el2", seesNew(IOVA, 0x23, IOVA));
        assertEquals("without E2H there are no ASIDs", "", seesNew(IOVA, 0x21 | as(7), 0));
        assertEquals("asid7 asid8 vm2 global s2 s2vm2 nested privileged", seesNew(IOVA, 0x30, 0));
    }

    @Test
    public void commandsByAddressLeaveOtherAddresses() {
        everyKind();
        for (long opcode : new long[] {0x12, 0x13, 0x22, 0x23, 0x2a}) {
            assertEquals("", seesNew(FAR, opcode | vm(1) | as(opcode == 0x12 || opcode == 0x22 ? 7 : 0), IOVA));
            assertEquals("", seesNew(IOVA, opcode | vm(1) | as(opcode == 0x12 || opcode == 0x22 ? 7 : 0), IOVA + 0x1000));
        }
    }

    /** Section 13, example 9: NUM = 7, SCALE = 2, 4K: 32 pages. Address 0x1e4000 begins a range that ends with the page before {@link #IOVA}'s. */
    @Test
    public void rangesReachAsFarAsTheySay() {
        everyKind();
        long range = 0x12 | vm(1) | as(7) | 7 << 12 | 2 << 20;
        assertEquals("", seesNew(IOVA, range, IOVA - 0x2_0000 | 1 << 10));
        assertEquals("asid7 privileged", seesNew(IOVA, range, IOVA - 0x1_f000 | 1 << 10));
        assertEquals("asid7 privileged", seesNew(IOVA, range, IOVA | 1 << 10));
        assertEquals("", seesNew(IOVA, range, IOVA + 0x1000 | 1 << 10));
        assertEquals("16K pages, aligned down", "asid7 privileged", seesNew(IOVA, 0x12 | vm(1) | as(7), IOVA & ~0x3fffL | 0x1000 | 2 << 10));
        assertEquals("64K pages", "asid7 privileged", seesNew(IOVA, 0x12 | vm(1) | as(7), IOVA & ~0xffffL | 3 << 10));
        assertEquals("the longest", "asid7 privileged", seesNew(FAR, 0x12 | vm(1) | as(7) | 31 << 12 | 31 << 20, 1 << 10));
        assertEquals("s2", seesNew(IOVA, 0x2a | vm(1) | 7 << 12 | 2 << 20, IOVA - 0x1_0000 | 1 << 10));
    }

    /** Section 4.4.2.2: what nested translation has combined is tagged by stage 1 only. */
    @Test
    public void nestedTranslationsOutliveTheirStageTwo() {
        everyKind();
        Context nested = contexts.get(7);
        assertEquals(OLD | 0x3000, ask(nested, IOVA));
        machine.put(TestUnit.TABLES + 8, 0x6000_07fdL & -1L << 30 | 0x7fd);
        rig.done(0x2a | vm(1), OLD | 0x3000);
        assertEquals("stale still", OLD | 0x3000, ask(nested, IOVA));
        rig.done(0x10 | vm(1), 0);
        assertEquals("a 1 GiB block of stage 2 elsewhere", 0x4000_3000L, ask(nested, IOVA));
    }

    @Test
    public void hypervisorsWithHostFeatureHaveAsids() {
        add("a", 0, LEAF, 0xb | cd(0, 7), 2L << 30);
        add("b", 1, LEAF, 0xb | cd(1, 8), 2L << 30);
        hostUnit();
        assertEquals("a", seesNew(IOVA, 0x21 | as(7), 0));
        assertEquals("b", seesNew(IOVA, 0x22 | as(8), IOVA));
        assertEquals("a b", seesNew(IOVA, 0x23, IOVA));
        assertEquals("", seesNew(IOVA, 0x30, 0));
        contexts.clear();
        add("g", 2, GLOBAL, 0xb | cd(2, 9), 2L << 30);
        hostUnit();
        assertEquals("", seesNew(IOVA, 0x21 | as(9), 0));
        assertEquals("g", seesNew(IOVA, 0x22 | as(1), IOVA));
    }

    private void hostUnit() {
        rig = UnitRig.reset(machine).start();
        rig.registers.write32(UnitRig.CR0, 0);
        rig.registers.write32(UnitRig.CR2, 1);
        rig.registers.write32(UnitRig.CR0, 0xf);
    }

    /** A global page that one ASID has brought in serves the others of its VMID until it is dropped. */
    @Test
    public void globalPagesServeEveryAddressSpace() {
        add("global", 0, GLOBAL, 0xb | cd(0, 7), 0, 1);
        add("own", 1, LEAF, 0xb | cd(1, 8), 0, 1);
        rig = UnitRig.started(machine);
        assertEquals(OLD | 0x3000, ask(contexts.get(0), IOVA));
        map(contexts.get(1), NEW);
        assertEquals("another table, but the page is global", OLD | 0x3000, ask(contexts.get(1), IOVA));
        rig.done(0x12 | vm(1) | as(7), IOVA);
        assertEquals(NEW | 0x3000, ask(contexts.get(1), IOVA));
    }

    /** Units without stage 2 ignore VMIDs. */
    @Test
    public void withoutStageTwoThereAreNoVmids() {
        machine.set(org.sluice.backend.smmuv3.layout.IdRegisters.IDR0, UnitRig.IDR0 & ~1);
        add("a", 0, LEAF, 0xb | cd(0, 7), 0, 1);
        rig = UnitRig.started(machine);
        assertEquals("a", seesNew(IOVA, 0x11 | vm(5) | as(7), 0));
    }

    private String result(int stream, int substream) {
        long answer = rig.translate(stream, substream, IOVA, Permissions.READ);
        return answer >= 0 ? Long.toHexString(answer) : Long.toString(-1 - answer);
    }

    /** An invalid entry is cached as well, so that making it valid needs its command (section 3.21.3). */
    @Test
    public void streamEntriesLiveUntilTheirCommand() {
        int[] streams = {4, 5, 6, 12};
        long[][] commands = {{0x03 | 4L << 32, 1}, {0x04 | 4L << 32, 0}, {0x04 | 4L << 32, 1}, {0x04, 31}};
        String[] dropped = {"4", "4 5", "4 5 6", "4 5 6 12"};
        for (int i = 0; i < commands.length; i++) {
            TestUnit fresh = UnitRig.full();
            rig = UnitRig.started(fresh);
            for (int stream : streams) {
                assertEquals("C_BAD_STE", "4", result(stream, -1));
                fresh.put(TestUnit.STREAMS + 64L * stream, 0x9);
                assertEquals("stale", "4", result(stream, -1));
            }
            rig.done(commands[i][0], commands[i][1]);
            StringBuilder seen = new StringBuilder();
            for (int stream : streams) {
                seen.append(result(stream, -1).equals("4") ? "" : stream + " ");
            }
            assertEquals(dropped[i], seen.toString().trim());
        }
    }

    /** CFGI_CD is of one SubstreamID, CFGI_CD_ALL of a stream; neither makes the unit read the stream's entry again. */
    @Test
    public void contextDescriptorsLiveUntilTheirCommand() {
        long[][] commands = {{0x05 | 3L << 32 | 1 << 12, 1}, {0x05 | 3L << 32, 0}, {0x06 | 3L << 32, 0}, {0x03 | 3L << 32, 0}, {0x06 | 4L << 32, 0}};
        String[] dropped = {"1", "-1", "-1 1 2", "", ""};
        for (int i = 0; i < commands.length; i++) {
            TestUnit fresh = UnitRig.full().ste(0xb | TestUnit.CONTEXTS | 4L << 59, 2);
            rig = UnitRig.started(fresh);
            int[] substreams = {-1, 1, 2};
            for (int substream : substreams) {
                assertEquals("C_BAD_CD", "10", result(3, substream));
                fresh.put(TestUnit.CONTEXTS + 64L * Math.max(0, substream), TestUnit.cd0(16), TestUnit.ROOT);
            }
            fresh.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, OLD | LEAF);
            fresh.put(TestUnit.STREAMS + 64L * 3, 0x1);
            rig.done(commands[i][0], commands[i][1]);
            StringBuilder seen = new StringBuilder();
            for (int substream : substreams) {
                seen.append(result(3, substream).equals(Long.toHexString(OLD)) ? substream + " " : "");
            }
            assertEquals(dropped[i], seen.toString().trim());
            assertEquals("CFGI_STE drops both: the stream aborts now", i == 3 ? "0" : "x", i == 3 ? result(3, 1) : "x");
        }
    }

    /** Section 4.2.1: the configuration is there when the first transaction comes. */
    @Test
    public void prefetchedConfigurationIsCached() {
        TestUnit fresh = UnitRig.full().ste(0x9);
        rig = UnitRig.started(fresh).done(0x01 | 3L << 32, 0);
        fresh.ste(0x1);
        assertEquals("as it was", Long.toString(-1 - Long.MIN_VALUE), result(3, -1));
        assertEquals("no event of a prefetch", List.of(), rig.done(0x01 | 63L << 32, 0).done(0x02 | 63L << 32, 0).events());
    }

    @Test
    public void fetchFaultsAreNotCached() {
        TestUnit fresh = UnitRig.full().ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2).cd(TestUnit.cd0(16), TestUnit.ROOT);
        rig = UnitRig.started(fresh);
        assertEquals("stage 2 refuses the descriptor", "16", result(3, -1));
        fresh.put(TestUnit.ROOT2, TestUnit.TABLES + 0x10_0000 | 3).put(TestUnit.TABLES + 0x10_0000 + 16, 0x8000_07fdL).chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3,
                TestUnit.RAM | LEAF);
        assertEquals(Long.toHexString(TestUnit.RAM), result(3, -1));
    }

    /** CD.TBI0: the top byte takes no part, so that software may name an address with it or without (sections 4.4.1 and 5.4). */
    @Test
    public void ignoredTopBytesAreIgnoredByInvalidationsToo() {
        long tagged = 0xab00_0000_0000_0000L | IOVA;
        machine.plain().cd(TestUnit.cd0(16) | 1L << 38, TestUnit.ROOT, 0, 0xff);
        long[] commands = {0x12 | as(7), 0x13};
        for (long command : commands) {
            for (long named : new long[] {tagged, IOVA, 0x7f00_0000_0000_0000L | IOVA}) {
                machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, OLD | LEAF);
                rig = UnitRig.started(machine);
                assertEquals(OLD, rig.read(tagged));
                machine.chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, NEW | LEAF);
                assertEquals("stale by either name", OLD, rig.read(IOVA));
                rig.done(command, named + 0x1000);
                assertEquals("another page", OLD, rig.read(tagged));
                rig.done(command, named);
                assertEquals("command " + Long.toHexString(command) + " for " + Long.toHexString(named), NEW, rig.read(tagged));
            }
        }
    }
}
