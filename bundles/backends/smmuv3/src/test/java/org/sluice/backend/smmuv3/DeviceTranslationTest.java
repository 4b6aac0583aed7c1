// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.DeviceTranslation.Reply;

/** ATS and page requests (sections 3.9 and 8): what devices with caches of their own ask, and what of it is recorded. */
public class DeviceTranslationTest {
    private static final long IOVA = 0x1234_5678L;
    private static final long LEAF = 0x4000_0f47L;
    /** STE.EATS: full ATS. */
    private static final long FULL = 1L << 28;
    private static final long SPLIT = 2L << 28;
    private static final int RECORD_ATS = 8;

    private UnitRig rig;
    private DeviceTranslation ats;
    private final Reply reply = new Reply();

    private void start(TestUnit machine) {
        rig = UnitRig.started(machine);
        ats = rig.unit.deviceTranslation().orElseThrow();
    }

    /** A stage-1 stream with ATS and one page. */
    private static TestUnit full(long leaf) {
        return UnitRig.full().plain().ste(0xb | TestUnit.CONTEXTS, FULL).chain(TestUnit.ROOT, 12, IOVA, 0, 9, 3, leaf);
    }

    private String request(int permissions) {
        return request(-1, IOVA, permissions);
    }

    private String request(int pasid, long iova, int permissions) {
        Completion completion = ats.request(TestUnit.SID, pasid, iova, permissions, reply);
        return completion != Completion.SUCCESS ? completion.name()
                : Long.toHexString(reply.address) + " " + reply.size + " " + Permissions.text(reply.permissions);
    }

    private void enable(int cr0, int cr2) {
        rig.registers.write32(UnitRig.CR0, 0);
        rig.registers.write32(UnitRig.CR2, cr2);
        rig.registers.write32(UnitRig.CR0, cr0);
    }

    @Test
    public void requestsAreAnsweredWithWhatIsGranted() {
        start(full(LEAF));
        assertEquals("40000678 4096 rw", request(Permissions.READ_WRITE));
        assertEquals("40000678 4096 x", request(Permissions.EXECUTE));
        start(full(LEAF | 0x80));
        assertEquals("read-only", "40000678 4096 r", request(Permissions.READ_WRITE));
        start(UnitRig.full().plain().ste(0xb | TestUnit.CONTEXTS, FULL).chain(TestUnit.ROOT, 12, IOVA, 0, 9, 2, 0x4000_0f45L));
        assertEquals("40145678 2097152 rw", request(Permissions.READ_WRITE));
    }

    /** Translation, size, access and permission faults: success that grants nothing, no event. */
    @Test
    public void missingPagesAreNoFault() {
        start(full(LEAF));
        assertEquals("0 0 -", request(-1, IOVA + 0x1000, Permissions.READ));
        start(full(LEAF & ~0x400));
        assertEquals("0 0 -", request(Permissions.READ));
        start(full(LEAF | 1L << 44));
        assertEquals("0 0 -", request(Permissions.READ));
        start(full(LEAF | 0x80));
        assertEquals("0 0 -", request(Permissions.WRITE));
        TestUnit nested = UnitRig.full().ste(0xf | TestUnit.CONTEXTS, FULL, TestUnit.s2(20, 2, 0), TestUnit.ROOT2);
        start(nested);
        assertEquals("the context descriptor is not mapped by stage 2", "0 0 -", request(Permissions.READ));
        assertEquals(List.of(), rig.events());
    }

    /** F_BAD_ATS_TREQ: word 1 R, W, X in bits 31 to 29; the page in word 2. */
    @Test
    public void streamsWithoutAtsRefuseRequests() {
        long[][] streams = {{0xb | TestUnit.CONTEXTS, 0}, {0xb | TestUnit.CONTEXTS, 3L << 28}, {0x9, 0}};
        for (long[] ste : streams) {
            start(UnitRig.full().plain().ste(ste));
            assertEquals("UNSUPPORTED_REQUEST", request(Permissions.READ));
            assertEquals("UNSUPPORTED_REQUEST", request(Permissions.ALL));
            assertEquals(List.of("300000005 80000000 12345000 0", "300000005 e0000000 12345000 0"), rig.events());
        }
        start(full(LEAF));
        enable(UnitRig.EVENTQEN, 0);
        assertEquals("translation is off", "UNSUPPORTED_REQUEST", request(Permissions.WRITE));
        assertEquals(List.of("300000005 40000000 12345000 0"), rig.events());
        start(UnitRig.full().ste(0x1));
        assertEquals("UNSUPPORTED_REQUEST", request(Permissions.READ));
        assertEquals("Config = 0: without event", List.of(), rig.events());
    }

    /** Completer abort; recorded only with CR2.REC_CFG_ATS. */
    @Test
    public void wrongConfigurationsAbortRequests() {
        TestUnit[] machines = {UnitRig.full(), UnitRig.full().ste(0xb | TestUnit.CONTEXTS, FULL), UnitRig.full().ste(0xb | 0x7000_0000L, FULL),
            UnitRig.full().plain().ste(0xb | TestUnit.CONTEXTS, SPLIT)};
        String[] events = {"300000004 0 0 0", "30000000a 0 0 0", "300000009 0 0 70000000", "300000004 0 0 0"};
        for (int i = 0; i < machines.length; i++) {
            start(machines[i]);
            assertEquals("COMPLETER_ABORT", request(Permissions.READ));
            assertEquals(List.of(), rig.events());
            enable(0xf, RECORD_ATS);
            assertEquals("COMPLETER_ABORT", request(Permissions.READ));
            assertEquals(List.of(events[i]), rig.events());
        }
        start(UnitRig.full().ste(0xb | TestUnit.CONTEXTS | 2L << 59, FULL));
        enable(0xf, RECORD_ATS);
        assertEquals("COMPLETER_ABORT", request(Permissions.READ));
        assertEquals("S1DSS: without event", List.of(), rig.events());
        assertEquals("COMPLETER_ABORT", request(9, IOVA, Permissions.READ));
        assertEquals("C_BAD_SUBSTREAMID", List.of("300009808 0 0 0"), rig.events());
    }

    @Test
    public void aWalkThatAbortsIsRecorded() {
        start(UnitRig.full().plain().ste(0xb | TestUnit.CONTEXTS, FULL).put(TestUnit.ROOT, 0x7000_0003L));
        assertEquals("COMPLETER_ABORT", request(Permissions.READ_WRITE));
        assertEquals(List.of("30000000b 10800000000 12345678 70000000"), rig.events());
    }

    /** Stage 1 passed by (S1DSS = 1): the address is its own translation. */
    @Test
    public void streamsThatPassStageOneByAnswerWithTheAddress() {
        start(UnitRig.full().ste(0xb | TestUnit.CONTEXTS | 2L << 59, FULL | 1));
        assertEquals("12345678 4096 rw", request(Permissions.READ_WRITE));
        assertEquals("100000000000 4096 -", request(-1, 1L << 44, Permissions.READ));
    }

    @Test
    public void aRequestForWritingMarksThePage() {
        TestUnit machine = full(LEAF & ~0x400 | 0x80 | 1L << 51).cd(TestUnit.cd0(16) | 3L << 42);
        start(machine);
        long leaf = TestUnit.TABLES + 0x2_0000 + (IOVA >>> 12 & 0x1ff) * 8;
        assertEquals("40000678 4096 r", request(Permissions.READ));
        assertEquals(LEAF | 0x80 | 1L << 51, machine.memory.readLong(leaf));
        assertEquals("40000678 4096 rw", request(Permissions.READ_WRITE));
        assertEquals(LEAF | 1L << 51, machine.memory.readLong(leaf));
    }

    @Test
    public void translatedAddressesPassOrAreChecked() {
        start(full(LEAF));
        assertEquals("ATSCHK = 0", 0x5000_0000L, ats.translated(TestUnit.SID + 1, 0x5000_0000L, Permissions.READ));
        enable(0x1f, 0);
        assertEquals(0x5000_0000L, ats.translated(TestUnit.SID, 0x5000_0000L, Permissions.WRITE));
        assertEquals("wider than physical addresses", UnitRig.fault(0), ats.translated(TestUnit.SID, 1L << 44, Permissions.WRITE));
        assertEquals("V = 0", UnitRig.fault(0), ats.translated(TestUnit.SID + 1, 0x5000_0000L, Permissions.READ));
        rig.machine.put(TestUnit.STREAMS + 64L * (TestUnit.SID + 2), 0x1).put(TestUnit.STREAMS + 64L * (TestUnit.SID + 4), 0x9);
        assertEquals("Config = 0", UnitRig.fault(0), ats.translated(TestUnit.SID + 2, 0x5000_0000L, Permissions.READ));
        assertEquals("without event so far", List.of(), rig.events());
        assertEquals("F_TRANSL_FORBIDDEN", UnitRig.fault(0x07), ats.translated(TestUnit.SID + 4, 0x5000_0000L, Permissions.WRITE));
        assertEquals(List.of("700000007 0 50000000 0"), rig.events());
        enable(UnitRig.EVENTQEN, 0);
        assertEquals("translation is off", UnitRig.fault(0x07), ats.translated(TestUnit.SID, 0x5000_0000L, Permissions.READ));
        assertEquals(List.of("300000007 800000000 50000000 0"), rig.events());
    }

    @Test
    public void invalidationsOfAllSubstreamsReachThoseThatAsked() {
        start(full(LEAF).ste(0xb | TestUnit.CONTEXTS | 2L << 59, FULL | 2).put(TestUnit.CONTEXTS + 128, TestUnit.cd0(16), TestUnit.ROOT));
        assertEquals("40000678 4096 r", request(2, IOVA, Permissions.READ));
        rig.done(0x40 | (long) TestUnit.SID << 32 | 1 << 9 | 1 << 11, 52);
        assertEquals(List.of("invalidate 3/2 0-ffffffffffffffff"), rig.told);
    }

    /** Global = 1 (bit 9) is for all substreams of the one stream that it names, and not for its requests without SubstreamID. */
    @Test
    public void invalidationsOfAllSubstreamsLeaveOtherStreamsAlone() {
        TestUnit machine = full(LEAF).put(TestUnit.CONTEXTS + 128, TestUnit.cd0(16), TestUnit.ROOT).put(TestUnit.CONTEXTS + 192, TestUnit.cd0(16), TestUnit.ROOT)
                .ste(0xb | TestUnit.CONTEXTS | 2L << 59, FULL | 2);
        machine.put(TestUnit.STREAMS + 64L * (TestUnit.SID + 1), 0xb | TestUnit.CONTEXTS | 2L << 59, FULL | 2);
        start(machine);
        assertEquals("40000678 4096 r", request(2, IOVA, Permissions.READ));
        assertEquals("40000678 4096 r", request(3, IOVA, Permissions.READ));
        assertEquals(Completion.SUCCESS, ats.request(TestUnit.SID + 1, 3, IOVA, Permissions.READ, reply));
        assertEquals("40000678 4096 r", request(Permissions.READ));
        rig.done(0x40 | (long) TestUnit.SID << 32 | 1 << 9 | 1 << 11, 52);
        assertEquals(List.of("invalidate 3/2 0-ffffffffffffffff", "invalidate 3/3 0-ffffffffffffffff"), rig.told.stream().sorted().toList());
        rig.told.clear();
        rig.done(0x40 | (long) (TestUnit.SID + 1) << 32 | 1 << 9 | 1 << 11, 52);
        assertEquals(List.of("invalidate 4/3 0-ffffffffffffffff"), rig.told);
    }

    private long[] entry(int index) {
        return new long[] {rig.machine.memory.readLong(UnitRig.REQUESTS + 16L * index), rig.machine.memory.readLong(UnitRig.REQUESTS + 16L * index + 8)};
    }

    /** Section 8.1: word 0 has StreamID, SubstreamID and flags, word 1 group and page. */
    @Test
    public void pageRequestsAreQueuedAndAnswered() {
        start(full(LEAF));
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, false);
        ats.pageRequest(TestUnit.SID, 0xabcde, IOVA, Permissions.READ | Permissions.WRITE, 0x1ff, true);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.EXECUTE, 1, false);
        assertEquals(3, rig.registers.read32(UnitRig.PRIQ_PROD));
        assertEquals(1L << 60 | 3, entry(0)[0]);
        assertEquals(0x1234_5005L, entry(0)[1]);
        assertEquals(1L << 63 | 1L << 62 | 3L << 60 | 0xabcdeL << 32 | 3, entry(1)[0]);
        assertEquals(0x1234_51ffL, entry(1)[1]);
        assertEquals(1L << 59 | 3, entry(2)[0]);
        assertEquals("nobody has answered", List.of(), rig.told);
        rig.done(0x41 | (long) TestUnit.SID << 32 | 1 << 11 | 0xabcdeL << 12, 0x1ff | 2 << 12).done(0x41 | (long) TestUnit.SID << 32, 5 | 1 << 12)
                .done(0x41 | (long) TestUnit.SID << 32, 5);
        assertEquals(List.of("response 3/703710 group 511 code 0", "response 3/-1 group 5 code 15", "response 3/-1 group 5 code 1"), rig.told);
    }

    /** Overflow: the unit answers the last of each group itself, with success, until software has acknowledged. */
    @Test
    public void aFullQueueAnswersItself() {
        start(full(LEAF));
        for (int i = 0; i < 16; i++) {
            ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        }
        assertEquals(16, rig.registers.read32(UnitRig.PRIQ_PROD));
        ats.pageRequest(TestUnit.SID, 7, IOVA, Permissions.READ, 5, false);
        assertEquals(1 << 31 | 16, rig.registers.read32(UnitRig.PRIQ_PROD));
        assertEquals(List.of(), rig.told);
        ats.pageRequest(TestUnit.SID, 7, IOVA, Permissions.READ, 5, true);
        rig.registers.write32(UnitRig.PRIQ_CONS, 16);
        ats.pageRequest(TestUnit.SID, 7, IOVA, Permissions.READ, 6, true);
        assertEquals("PPAR = 0: without PASID", List.of("response 3/-1 group 5 code 0", "response 3/-1 group 6 code 0"), rig.told);
        rig.registers.write32(UnitRig.PRIQ_CONS, 1 << 31 | 16);
        ats.pageRequest(TestUnit.SID, 7, IOVA, Permissions.READ, 6, true);
        assertEquals("taken again", 1 << 31 | 17, rig.registers.read32(UnitRig.PRIQ_PROD));
    }

    @Test
    public void responsesCarryThePasidOnRequest() {
        start(full(LEAF).ste(0xb | TestUnit.CONTEXTS, FULL | 1 << 18));
        rig.registers.write32(UnitRig.CR0, 0xf & ~UnitRig.PRIQEN);
        ats.pageRequest(TestUnit.SID, 7, IOVA, Permissions.READ, 5, true);
        assertEquals("a queue that is off: failure", List.of("response 3/7 group 5 code 15"), rig.told);
    }

    @Test
    public void aRequestQueueThatCannotBeWrittenIsAGlobalError() {
        start(full(LEAF));
        rig.registers.write32(UnitRig.CR0, 0xf & ~UnitRig.PRIQEN);
        rig.registers.write64(0xc0, 0x7000_0000L | UnitRig.LOG2);
        rig.registers.write32(UnitRig.CR0, 0xf);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        assertEquals("PRIQ_ABT_ERR", 1 << 3, rig.errors());
        rig.registers.write32(UnitRig.CR0, 0xf & ~UnitRig.PRIQEN);
        rig.registers.write64(0xc0, UnitRig.REQUESTS | UnitRig.LOG2);
        rig.registers.write32(UnitRig.CR0, 0xf);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        assertEquals("none is taken before the error is acknowledged", 0, rig.registers.read32(UnitRig.PRIQ_PROD));
        assertEquals(List.of("response 3/-1 group 5 code 15", "response 3/-1 group 5 code 15"), rig.told);
    }

    /** CFG2.LO: on the last of a group only; else when the queue is no longer empty. */
    @Test
    public void pageRequestsRaiseTheirMessage() {
        start(full(LEAF));
        rig.registers.write64(0xd0, 0x0809_0040L);
        rig.registers.write32(0xd8, 0x33);
        rig.registers.write32(UnitRig.IRQ_CTRL, 2);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, false);
        assertEquals("no longer empty", List.of("8090040:33"), rig.messages);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        assertEquals(List.of("8090040:33"), rig.messages);
        rig.registers.write32(UnitRig.IRQ_CTRL, 0);
        rig.registers.write32(0xdc, 1 << 31);
        rig.registers.write32(UnitRig.IRQ_CTRL, 2);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, false);
        assertEquals("LO = 1: not the last", 1, rig.messages.size());
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        assertEquals(2, rig.messages.size());
        rig.registers.write32(UnitRig.IRQ_CTRL, 0);
        rig.registers.write64(0xd0, 1L << 44);
        rig.registers.write32(UnitRig.IRQ_CTRL, 2);
        ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        assertEquals("MSI_PRIQ_ABT_ERR", 1 << 6, rig.errors());
    }

    @Test
    public void withoutAnybodyToHearNothingFails() {
        start(full(LEAF));
        ats.setDeviceSide(null);
        rig.done(0x41 | (long) TestUnit.SID << 32, 2 << 12);
        for (int i = 0; i < 20; i++) {
            ats.pageRequest(TestUnit.SID, -1, IOVA, Permissions.READ, 5, true);
        }
        assertTrue(rig.registers.read32(UnitRig.PRIQ_PROD) < 0);
    }
}
