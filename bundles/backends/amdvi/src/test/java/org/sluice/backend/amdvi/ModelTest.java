// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.Rig.NIC;
import static org.sluice.backend.amdvi.Rig.NO_PASID;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.model.AmdViModel;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;
import org.sluice.testkit.Seed;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** The hot path against the inspector: one look-up, two halves. */
public class ModelTest {
    private final Rig rig = new Rig();

    private AmdViModel model() {
        return new AmdViModel(rig.context());
    }

    @Test
    public void everyCapturedRow() {
        for (String name : Captures.AMDVI) {
            try (OpenCapture capture = new OpenCapture(name)) {
                AmdViModel model = new AmdViModel(capture.context);
                for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                    long answer = model.translate(DeviceId.parse(row.text("device").orElseThrow()).requesterId(), NO_PASID,
                            row.number("iova").orElseThrow(),
                            Access.parse(row.text("access").orElseThrow()).permission());
                    long expected = row.text("result").orElseThrow().equals("mapped") ? row.number("output").orElseThrow()
                            : -1 - Hex.parse(row.architecture("fault_code").orElseThrow());
                    assertEquals(row.toString(), expected, answer);
                }
            }
        }
    }

    @Test
    public void theModelAnswersAsTheInspectorDoes() {
        Random random = Seed.random();
        long[] tables = {0x2_0000, 0x2_1000, 0x2_2000, 0x2_3000};
        for (int round = 0; round < 200; round++) {
            for (long table : tables) {
                for (int i = 0; i < 16; i++) {
                    long flags = random.nextInt(4) == 0 ? random.nextLong() : ENTRY | (long) random.nextInt(8) << 9;
                    rig.put(table + random.nextInt(512) * 8, flags & ~0xf_ffff_ffff_f000L
                            | (random.nextInt(8) == 0 ? random.nextLong() & 0xf_ffff_ffff_f000L
                            : tables[random.nextInt(4)]));
                }
            }
            rig.device(NIC, DTE ^ (random.nextInt(8) == 0 ? 1L << random.nextInt(64) : 0) | (long) random.nextInt(7) << 9 | tables[0],
                    random.nextInt(4) == 0 ? 1L << 39 : 0);
            rig.register(Rig.EXCL_BASE, 1).register(Rig.EXCL_LIMIT, 0xf000);
            AmdViModel model = model();
            for (int i = 0; i < 200; i++) {
                long iova = random.nextLong() >>> random.nextInt(60);
                Access access = Access.values()[random.nextInt(3)];
                TranslationReport report = rig.inspector().translate(new TranslationRequest(NIC, NO_PASID, iova, access), false);
                long expected = report.result() == Result.FAULT ? -1L - Math.max(0, report.fault().code())
                        : report.reason().startsWith("pass-through") ? UnitModel.PASS_THROUGH : report.output();
                assertEquals(Hex.of(iova) + " " + report.reason(), expected, model.translate(NIC.requesterId(), NO_PASID, iova, access.permission()));
            }
        }
    }

    @Test
    public void aDeviceEntryIsCachedUntilInvalidated() {
        long root = 0x2_0000;
        rig.put(root, ENTRY | 0x5000).device(NIC, DTE | 1 << 9 | root);
        AmdViModel model = model();
        assertEquals(0x5010, model.translate(NIC.requesterId(), NO_PASID, 0x10, Permissions.READ));
        rig.device(NIC, 3);
        assertEquals(0x5010, model.translate(NIC.requesterId(), NO_PASID, 0x10, Permissions.READ));
        model.invalidateDevices();
        assertEquals(-3, model.translate(NIC.requesterId(), NO_PASID, 0x10, Permissions.READ));
    }

    @Test
    public void interruptsGoToTheSink() {
        rig.device(NIC, DTE, 0, 0x2000_0000_0007_0013L).put(0x7_0010, 0x0000_0241L).put(0x7_0018, 0x33);
        AmdViModel model = model();
        List<String> messages = new ArrayList<>();
        model.setInterruptSink((address, data) -> messages.add(Hex.of(address) + " " + Hex.of(data)));
        assertTrue(model.interrupt(NIC.requesterId(), 0xfee0_0000L, 1));
        assertTrue(model.interrupt(NIC.requesterId(), 0xfee0_0000L, 2));
        assertTrue(model.interrupt(Rig.DISK.requesterId(), 0xfee0_3000L, 0x41));
        assertFalse(model.interrupt(NIC.requesterId(), 0x8000_0000L, 1));
        assertEquals(List.of("0xfee02004 0x4033", "0xfee03000 0x41"), messages);
        assertEquals(-1, model.translate(NIC.requesterId(), NO_PASID, 0xfee0_0000L, Permissions.WRITE));
    }

    @Test
    public void translationsAllocateNothing() {
        long root = 0x2_0000;
        rig.put(root, ENTRY | 0x5000).device(NIC, DTE | 1 << 9 | root);
        AmdViModel model = model();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += model.translate(NIC.requesterId(), NO_PASID, i & 0x1fff, Permissions.READ);
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            sum += model.translate(NIC.requesterId(), NO_PASID, i & 0x1fff, Permissions.READ);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue("allocated " + allocated + ", sum " + sum, allocated < 4096);
    }
}
