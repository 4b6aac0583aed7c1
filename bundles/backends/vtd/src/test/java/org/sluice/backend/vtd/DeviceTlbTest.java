// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;
import static org.sluice.api.TranslationRequest.NO_PASID;
import static org.sluice.backend.vtd.UnitRig.FSTS;
import static org.sluice.backend.vtd.UnitRig.RECORDS;
import static org.sluice.backend.vtd.UnitRig.RID;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.DeviceTranslation.DeviceSide;
import org.sluice.spi.DeviceTranslation.Reply;
import org.sluice.spi.UnitModel;

/** Devices with translation caches: what they ask, what they are told (sheet, sections 6 and 8; numbers from there). */
public class DeviceTlbTest {
    private static final long IOVA = 0x1234_5678L;
    private static final long PAGE = 0x40_0000;
    private static final long PAGE_REQUESTS = 0x42_0000;
    private static final int DTE = 1 << 2;
    private static final int PASIDE = 1 << 3;
    private static final int PRE = 1 << 4;
    private static final int PQH = 0xc0;
    private static final int PQT = 0xc8;
    private static final int PQA = 0xd0;
    private static final int PRS = 0xdc;
    private static final int PECTL = 0xe0;

    private final List<String> told = new ArrayList<>();
    private final Reply reply = new Reply();

    private static TestUnit chain(TestUnit unit, long flags) {
        return unit.chain(TestUnit.TABLE, 4, IOVA, 0x20_1003, 0x20_2003, 0x20_3003, PAGE | flags);
    }

    private static UnitRig legacy(int type, long flags) {
        return UnitRig.legacy(chain(new TestUnit().context(TestUnit.TABLE | type << 2 | 1, 0x502), flags)).queue(false);
    }

    private static UnitRig scalable(int flags) {
        TestUnit unit = chain(TestUnit.scalable().pasidSecondStage(), 3);
        unit.put(TestUnit.CONTEXTS + 32L * TestUnit.DEVICE.devfn(), TestUnit.DIRECTORY | flags | 1).page(PAGE_REQUESTS);
        return UnitRig.scalable(unit).queue(true);
    }

    private DeviceTranslation device(UnitRig rig) {
        DeviceTranslation device = rig.unit.deviceTranslation().orElseThrow();
        device.setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                told.add(String.format("forget %x %d %x %x", requester, pasid, iova, last));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                told.add(String.format("page %x %d %d %d", requester, pasid, group, code));
            }
        });
        return device;
    }

    private static int reason(UnitRig rig) {
        return rig.registers.read32(RECORDS + 12) & 0xff;
    }

    /** AT, bits 125:124. */
    private static int kind(UnitRig rig) {
        return rig.registers.read32(RECORDS + 12) >>> 28 & 3;
    }

    @Test
    public void aTranslationRequestIsAnsweredWithThePage() {
        UnitRig rig = legacy(1, 1);
        DeviceTranslation device = device(rig);
        assertEquals(Completion.SUCCESS, device.request(RID, NO_PASID, IOVA, READ_WRITE, reply));
        assertEquals(PAGE + 0x678, reply.address);
        assertEquals(4096, reply.size);
        assertEquals("the page is read-only", READ, reply.permissions);
        assertEquals(Completion.SUCCESS, device.request(RID, NO_PASID, IOVA, WRITE, reply));
        assertEquals(0, reply.permissions);
        assertEquals(Completion.SUCCESS, device.request(RID, NO_PASID, IOVA + 0x4000_0000L, READ, reply));
        assertEquals("missing pages are no fault", 0, reply.permissions);
        assertEquals(0, rig.registers.read32(FSTS));
        assertFalse(reply.untranslatedOnly);
    }

    @Test
    public void messagesAreWrittenUntranslated() {
        DeviceTranslation device = device(legacy(1, 3));
        assertEquals(Completion.SUCCESS, device.request(RID, NO_PASID, 0xfee0_1000L, READ_WRITE, reply));
        assertTrue(reply.untranslatedOnly);
        assertEquals(WRITE, reply.permissions);
    }

    @Test
    public void theContextEntryHasToAllowDeviceTlbs() {
        UnitRig rig = legacy(0, 3);
        DeviceTranslation device = device(rig);
        assertEquals(Completion.UNSUPPORTED_REQUEST, device.request(RID, NO_PASID, IOVA, READ, reply));
        assertEquals(0x0d, reason(rig));
        assertEquals("translation request", 1, kind(rig));
        assertEquals(-1L - 0x0d, device.translated(RID, PAGE, READ));
        assertEquals("pass-through", Completion.UNSUPPORTED_REQUEST, device(legacy(2, 3)).request(RID, NO_PASID, IOVA, READ, reply));
    }

    @Test
    public void scalableContextsAllowThemByDte() {
        UnitRig rig = scalable(0);
        DeviceTranslation device = device(rig);
        assertEquals(Completion.UNSUPPORTED_REQUEST, device.request(RID, NO_PASID, IOVA, READ, reply));
        assertEquals(0x44, reason(rig));
        assertEquals(-1L - 0x44, device.translated(RID, PAGE, READ));
        device = device(scalable(DTE));
        assertEquals(Completion.SUCCESS, device.request(RID, NO_PASID, IOVA, READ_WRITE, reply));
        assertEquals(READ_WRITE, reply.permissions);
        assertEquals(UnitModel.PASS_THROUGH, device.translated(RID, PAGE, WRITE));
    }

    @Test
    public void aConfigurationFaultIsRecorded() {
        UnitRig rig = scalable(DTE | PASIDE);
        assertEquals(Completion.UNSUPPORTED_REQUEST, device(rig).request(RID, 9, IOVA, READ, reply));
        assertEquals("PASID entry not present", 0x59, reason(rig));
        assertEquals(1, kind(rig));
        rig = legacy(1, 3);
        assertEquals(Completion.UNSUPPORTED_REQUEST, device(rig).request(RID + 1, NO_PASID, IOVA, READ, reply));
        assertEquals(0x02, reason(rig));
        assertEquals(-1L - 0x02, device(legacy(1, 3)).translated(RID + 1, PAGE, READ));
    }

    @Test
    public void anEntryThatCannotBeUsedAbortsTheRequest() {
        UnitRig rig = UnitRig.legacy(new TestUnit().context(TestUnit.TABLE | 1 << 2 | 1, 0x502)
                .chain(TestUnit.TABLE, 4, IOVA, 0x20_1003, 0x20_2803));
        assertEquals(Completion.COMPLETER_ABORT, device(rig).request(RID, NO_PASID, IOVA, READ, reply));
        assertEquals(0x0c, reason(rig));
    }

    @Test
    public void translatedRequestsPassTheTablesButNotTheWindow() {
        UnitRig rig = legacy(1, 3);
        DeviceTranslation device = device(rig);
        assertEquals(UnitModel.PASS_THROUGH, device.translated(RID, 0x7777_0000L, WRITE));
        assertEquals(-1L - 0x0e, device.translated(RID, 0xfee0_0000L, WRITE));
        assertEquals("translated", 2, kind(rig));
    }

    /** Section 6: the lowest 0 at or above bit 12 codes the size. */
    @Test
    public void invalidationsReachTheDevice() {
        UnitRig rig = scalable(DTE);
        device(rig);
        rig.done(0x0010_0000_0003L, 0x1234_5000L, 0, 0);
        rig.done(0x0010_0000_0003L, 0x1234_4001L, 0, 0);
        rig.done(0x0010_0000_0003L, 0x1234_5001L, 0, 0);
        rig.done(0x0010_0000_0003L, 0x1234_b001L, 0, 0);
        rig.done(0x0010_0000_0003L, 0x7fff_ffff_ffff_f001L, 0, 0);
        rig.done(0x0009_0010_0008L, 0x1234_5000L, 0, 0);
        rig.done(0x0009_0010_0008L, 0x1234_4800L, 0, 0);
        rig.done(0x0009_0010_0008L, 0x1234_5001L, 0, 0);
        assertEquals(List.of("forget 10 -1 12345000 12345fff", "forget 10 -1 12344000 12345fff", "forget 10 -1 12344000 12347fff",
                "forget 10 -1 12348000 1234ffff", "forget 10 -1 0 ffffffffffffffff", "forget 10 9 12345000 12345fff",
                "forget 10 9 12344000 12345fff", "forget 10 -1 12345000 12345fff"), told);
    }

    private static UnitRig pageRequests() {
        UnitRig rig = scalable(DTE | PASIDE | PRE);
        rig.registers.write64(PQA, PAGE_REQUESTS);
        rig.registers.write64(0xe8, 0xfee0_2000L);
        rig.registers.write32(0xe4, 0x55);
        rig.registers.write32(0xe0, 0);
        return rig;
    }

    @Test
    public void aPageRequestIsStoredAndAnswered() {
        UnitRig rig = pageRequests();
        DeviceTranslation device = device(rig);
        device.pageRequest(RID, 9, IOVA, READ_WRITE, 3, true);
        assertEquals(List.of(1 | 1 << 8 | (long) RID << 16 | 9L << 32, IOVA & -4096L | 3 << 3 | 1 << 2 | 3, 0L, 0L),
                List.of(word(rig, 0), word(rig, 1), word(rig, 2), word(rig, 3)));
        assertEquals(32, rig.registers.read64(PQT));
        assertEquals(1, rig.registers.read32(PRS));
        assertEquals(List.of("fee02000:55"), rig.messages);
        assertEquals("software answers", List.of(), told);
        device.pageRequest(RID, NO_PASID, IOVA, READ, 4, false);
        assertEquals("told once", 1, rig.messages.size());
        rig.registers.write32(PRS, 1);
        rig.done(0x0000_0009_0000_0019L | (long) RID << 16, 3 << 3 | 1 << 2, 0, 0);
        rig.done(0xf009L | (long) RID << 16, 4 << 3, 0, 0);
        assertEquals(List.of("page 10 9 3 0", "page 10 -1 4 15"), told);
    }

    @Test
    public void aMaskedRequestEventWaitsUntilSoftwareHasServedTheQueue() {
        UnitRig rig = pageRequests();
        rig.registers.write32(PECTL, 1 << 31);
        device(rig).pageRequest(RID, NO_PASID, IOVA, READ, 4, false);
        assertEquals("IP", 1 << 30, rig.registers.read32(PECTL) & 1 << 30);
        rig.registers.write32(PRS, 1);
        assertEquals(0, rig.registers.read32(PECTL) & 1 << 30);
        rig.registers.write32(PECTL, 0);
        assertEquals(List.of(), rig.messages);
    }

    private static long word(UnitRig rig, int index) {
        return rig.machine.context().memory().readLong(PAGE_REQUESTS + 8L * index);
    }

    @Test
    public void aFullQueueAnswersByItselfUntilTheOverflowIsCleared() {
        UnitRig rig = pageRequests();
        DeviceTranslation device = device(rig);
        for (int i = 0; i < 127; i++) {
            device.pageRequest(RID, NO_PASID, IOVA, READ, i, true);
        }
        assertEquals(1, rig.registers.read32(PRS));
        device.pageRequest(RID, NO_PASID, IOVA, READ, 200, false);
        device.pageRequest(RID, NO_PASID, IOVA, READ, 200, true);
        assertEquals(3, rig.registers.read32(PRS));
        assertEquals("success, only for the last of the group", List.of("page 10 -1 200 0"), told);
        rig.registers.write64(PQH, 32);
        device.pageRequest(RID, NO_PASID, IOVA, READ, 201, true);
        assertEquals(List.of("page 10 -1 200 0", "page 10 -1 201 0"), told);
        rig.registers.write32(PRS, 2);
        device.pageRequest(RID, NO_PASID, IOVA, READ, 202, true);
        assertEquals(2, told.size());
        assertEquals(0, rig.registers.read64(PQT));
    }

    @Test
    public void aPageRequestThatIsNotAllowedIsInvalid() {
        UnitRig rig = scalable(DTE);
        device(rig).pageRequest(RID, NO_PASID, IOVA, WRITE, 5, true);
        assertEquals(0x47, reason(rig));
        assertEquals("page request: T1 clear, T2 set", 1 << 28, rig.registers.read32(RECORDS + 8) & 1 << 28);
        assertEquals(0, rig.registers.read32(RECORDS + 12) & 1 << 30);
        rig = legacy(1, 3);
        device(rig).pageRequest(RID, NO_PASID, IOVA, WRITE, 6, true);
        assertEquals(0x32, reason(rig));
        assertEquals(List.of("page 10 -1 5 1", "page 10 -1 6 1"), told);
    }

    @Test
    public void nothingIsTranslatedBeforeTranslationIsOn() {
        UnitRig rig = UnitRig.reset(new TestUnit());
        DeviceTranslation device = device(rig);
        assertEquals(Completion.UNSUPPORTED_REQUEST, device.request(RID, NO_PASID, IOVA, READ, reply));
        assertEquals(-1L, device.translated(RID, IOVA, READ));
        device.pageRequest(RID, NO_PASID, IOVA, READ, 1, true);
        assertEquals(List.of("page 10 -1 1 15"), told);
        assertEquals(0, rig.registers.read32(FSTS));
    }

    @Test
    public void aUnitWithoutDeviceTlbsOffersNone() {
        assertTrue(UnitRig.lacking(new TestUnit(), 1L << 2).unit.deviceTranslation().isEmpty());
    }
}
