// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.model.VtdModel;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;
import org.sluice.testkit.Seed;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** The model translates as the inspector reports, keeps contexts as hardware does, and lets nothing through in doubt. */
public class VtdModelTest {
    private static final int RID = TestUnit.DEVICE.requesterId();
    private static final int NO_PASID = TranslationRequest.NO_PASID;

    private static TestUnit mapped() {
        return new TestUnit().secondStage().chain(TestUnit.TABLE, 4, 0x1000, 0x30_0003, 0x30_1003, 0x30_2003, 0x77_7003);
    }

    @Test
    public void everyCapturedRowAgrees() {
        for (String name : Captures.VTD) {
            try (OpenCapture capture = new OpenCapture(name)) {
                UnitModel model = new VtdModel(capture.context);
                for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                    int permission = Access.parse(row.text("access").orElseThrow()).permission();
                    long answer = model.translate(DeviceId.parse(row.text("device").orElseThrow()).requesterId(), NO_PASID,
                            row.number("iova").orElseThrow(), permission);
                    String expected = row.text("output").orElseGet(() -> row.architecture("fault_code").orElseThrow());
                    assertEquals(row.toString(), expected, Hex.of(answer >= 0 ? answer : -1 - answer));
                    assertEquals(row.toString(), row.text("output").isPresent(), answer >= 0);
                }
            }
        }
    }

    @Test
    public void modelAndInspectorSayTheSameOfRandomRequests() {
        Random random = Seed.random();
        for (String name : Captures.VTD) {
            try (OpenCapture capture = new OpenCapture(name)) {
                UnitModel model = new VtdModel(capture.context);
                for (int i = 0; i < 5000; i++) {
                    DeviceId device = DeviceId.pci(0, random.nextInt(4), random.nextInt(80));
                    long iova = random.nextBoolean() ? 0xffff_ffffL - random.nextInt(1 << 24) : random.nextLong() >>> random.nextInt(64);
                    Access access = Access.values()[random.nextInt(3)];
                    int pasid = random.nextInt(4) == 0 ? random.nextInt(3) : NO_PASID;
                    same(capture.inspector, model, new TranslationRequest(device, pasid, iova, access));
                }
            }
        }
    }

    private static void same(Inspector inspector, UnitModel model, TranslationRequest request) {
        TranslationReport report = inspector.translate(request, false);
        long answer = model.translate(request.device().requesterId(), request.pasid(), request.iova(), request.access().permission());
        long expected = report.result() == Result.MAPPED ? report.output() : -1L - Math.max(VtdModel.BLOCKED, report.fault().code());
        assertEquals(request.toString(), expected, answer);
    }

    @Test
    public void contextsLiveUntilTheyAreInvalidated() {
        TestUnit unit = mapped();
        VtdModel model = new VtdModel(unit.context());
        assertEquals(0x77_7123, model.translate(RID, NO_PASID, 0x1123, Permissions.READ));
        unit.context(0, 0);
        assertEquals("stale, as in hardware", 0x77_7123, model.translate(RID, NO_PASID, 0x1123, Permissions.READ));
        model.invalidateContexts();
        assertEquals(-1 - 0x02, model.translate(RID, NO_PASID, 0x1123, Permissions.READ));
        unit.secondStage();
        assertEquals("what was not present is not kept", 0x77_7123, model.translate(RID, NO_PASID, 0x1123, Permissions.READ));
    }

    @Test
    public void passThroughAndSwitchedOffUnitsLeaveAddressesAlone() {
        VtdModel model = new VtdModel(new TestUnit().context(9, 0x502).context());
        assertEquals(UnitModel.PASS_THROUGH, model.translate(RID, NO_PASID, 0x1123, Permissions.WRITE));
        assertEquals(-1 - 0x04, model.translate(RID, NO_PASID, 1L << 48, Permissions.WRITE));
        VtdModel off = new VtdModel(new TestUnit().register32(0x1c, 0).context());
        assertEquals(UnitModel.PASS_THROUGH, off.translate(RID, NO_PASID, -1L, Permissions.WRITE));
        VtdModel scalable = new VtdModel(TestUnit.scalable().pasid(4 << 6 | 2 << 2 | 1, 1).context());
        assertEquals(UnitModel.PASS_THROUGH, scalable.translate(RID, NO_PASID, -1L, Permissions.WRITE));
        assertEquals(-1 - 0x5c, scalable.translate(RID, NO_PASID, -1L, Permissions.EXECUTE));
    }

    @Test
    public void whatIsNotKnownIsBlocked() {
        long blocked = -1L - VtdModel.BLOCKED;
        assertEquals(blocked, new VtdModel(mapped().forget(0x1c).context()).translate(RID, NO_PASID, 0x1000, Permissions.READ));
        assertEquals(blocked, new VtdModel(mapped().forget(0x20).context()).translate(RID, NO_PASID, 0x1000, Permissions.READ));
        assertEquals(blocked, new VtdModel(mapped().drop(0x30_2000).context()).translate(RID, NO_PASID, 0x1000, Permissions.READ));
        assertEquals(blocked, new VtdModel(mapped().drop(TestUnit.ROOT).context()).translate(RID, NO_PASID, 0x1000, Permissions.READ));
    }

    @Test
    public void interruptWindowIsNeverTranslated() {
        VtdModel legacy = new VtdModel(mapped().context());
        assertEquals(-1L, legacy.translate(RID, NO_PASID, 0xfee0_0000L, Permissions.WRITE));
        assertEquals(-1L, legacy.translate(RID, NO_PASID, 0xfee0_0000L, Permissions.READ));
        VtdModel scalable = new VtdModel(TestUnit.scalable().pasidSecondStage().context());
        assertEquals(-1L - 0x87, scalable.translate(RID, NO_PASID, 0xfee0_0000L, Permissions.READ));
        assertEquals(-1L - 0x87, scalable.translate(RID, 0, 0xfee0_0000L, Permissions.WRITE));
    }

    @Test
    public void interruptsReachTheSinkRemapped() {
        TestUnit unit = new TestUnit().put(TestUnit.INTERRUPTS + 16, 0x0000_0200_0031_0001L, 0x0004_0000L | RID);
        VtdModel model = new VtdModel(unit.context());
        List<String> messages = new ArrayList<>();
        model.setInterruptSink((address, data) -> messages.add(Hex.of(address) + " " + Hex.of(data)));
        assertTrue(model.interrupt(RID, 0xfee0_0030L, 0));
        assertTrue("refused, but an interrupt", model.interrupt(RID + 1, 0xfee0_0030L, 0));
        assertFalse("a write like any other", model.interrupt(RID, 0x1000, 0));
        assertEquals(List.of("0xfee02000 0x4031"), messages);
    }

    /** Threads of one model have walkers of their own: none sees another's path. */
    @Test
    public void threadsDoNotDisturbEachOther() throws InterruptedException {
        TestUnit unit = mapped();
        for (int i = 0; i < 64; i++) {
            unit.put(0x30_2000 + 8 * i, 0x77_0003 + 0x1000L * i);
        }
        VtdModel model = new VtdModel(unit.context());
        List<Thread> threads = new ArrayList<>();
        List<String> wrong = Collections.synchronizedList(new ArrayList<>());
        for (int t = 0; t < 4; t++) {
            int first = t * 16;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    int page = first + i % 16;
                    long answer = model.translate(RID, NO_PASID, 0x1000L * page, Permissions.WRITE);
                    if (answer != 0x77_0000 + 0x1000L * page) {
                        wrong.add(Hex.of(answer));
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), wrong);
    }
}
