// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.UnitRig.DOMAIN;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.Hex;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Captures;
import org.sluice.testkit.Seed;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** What the unit keeps, what it never keeps, and that what it answers is what its tables say. */
public class UnitCachesTest {
    private static final long ROOT = 0x2_0000;

    private static final long INTERRUPTS = 0x7_0000;

    private static UnitRig interrupting() {
        UnitRig rig = new UnitRig().start(UnitRig.GAEN);
        return rig.put(INTERRUPTS + 16, 0x0241, 0x33).device(0, 0, 1 | 9 << 1 | 2L << 60 | INTERRUPTS);
    }

    private static void interrupts(UnitRig rig, String... messages) {
        rig.messages.clear();
        rig.unit.interrupt(UnitRig.RID, 0xfee0_0000L, 1);
        assertEquals(List.of(messages), rig.messages);
    }

    @Test
    public void anInterruptEntryCountsUntilItsTableIsInvalidated() {
        UnitRig rig = interrupting();
        interrupts(rig, "0xfee02004 0x4033");
        rig.put(INTERRUPTS + 16, 0x0301, 0x44);
        interrupts(rig, "0xfee02004 0x4033");
        rig.done(0x311, 0x5000_0000, 0, 0);
        interrupts(rig, "0xfee02004 0x4033");
        rig.done(0x310, 0x5000_0000, 0, 0);
        interrupts(rig, "0xfee03000 0x4044");
        rig.put(INTERRUPTS + 16, 0);
        rig.done(0x310, 0x2000_0000, 0, 0);
        interrupts(rig);
        assertEquals(1, rig.events().size());
    }

    @Test
    public void anInterruptEntryThatIsOffCountsOnceItIsOn() {
        UnitRig rig = interrupting();
        rig.put(INTERRUPTS + 16, 0);
        interrupts(rig);
        rig.put(INTERRUPTS + 16, 0x0201);
        interrupts(rig, "0xfee02000 0x4033");
    }

    @Test
    public void messagesOfAUnitThatIsOffPass() {
        UnitRig rig = new UnitRig();
        interrupts(rig, "0xfee00000 0x1");
        rig.start(UnitRig.GAEN).device(0, 0, 1);
        interrupts(rig);
    }

    @Test
    public void pagesThatAreNotThereAreNeverKept() {
        UnitRig rig = UnitRig.on().mapped();
        assertEquals(-3, rig.read(0x2000));
        rig.put(ROOT + 16, ENTRY | 0x99_9000);
        assertEquals(0x99_9000, rig.read(0x2000));
    }

    @Test
    public void aPasidWithoutATableCountsOnceItHasOne() {
        UnitRig rig = CommandsTest.guest();
        assertEquals(-3, rig.access(6, 0x1000, Permissions.READ));
        rig.put(0x10_0030, 0x11_0001);
        assertEquals(0x44_4000, rig.access(6, 0x1000, Permissions.READ));
    }

    @Test
    public void aBlockedDeviceEntryIsKeptToo() {
        UnitRig rig = UnitRig.on().device(3);
        assertEquals(-3, rig.read(0));
        rig.mapped();
        assertEquals(-3, rig.read(0));
        rig.done(0x310, 0x2000_0000, 0, 0);
        assertEquals(0x77_7000, rig.read(0));
    }

    @Test
    public void devicesOfADomainShareTranslationsButNotPermissions() {
        UnitRig rig = UnitRig.on().mapped();
        assertEquals(0x77_7000, rig.read(0));
        rig.put(Rig.DEVICE_TABLE + 0x18 * 32, DTE & ~(1L << 61) | 1 << 9 | ROOT, DOMAIN);
        assertEquals(-3, rig.unit.translate(0x18, Rig.NO_PASID, 0, Permissions.READ));
        assertEquals(0x77_7000, rig.unit.translate(0x18, Rig.NO_PASID, 0, Permissions.WRITE));
        rig.put(ROOT, ENTRY | 0x11_1000);
        assertEquals("cached under the domain", 0x77_7000, rig.unit.translate(0x18, Rig.NO_PASID, 0, Permissions.WRITE));
    }

    /** The unit from reset on, put in the place of a machine's, answers as its tables were made to. */
    @Test
    public void everyCapturedRow() {
        for (String name : Captures.AMDVI) {
            try (OpenCapture capture = new OpenCapture(name)) {
                UnitContext told = capture.context;
                Rig rig = new Rig(told.memory()).register(0, 0).register(Rig.CONTROL, 0).register(Rig.EFR, told.registers().read64(Rig.EFR));
                UnitModel unit = new AmdViBackend("test").model(new UnitContext(told.machine(), told.unit(), told.memory(),
                        rig.context().registers())).orElseThrow();
                unit.registers().write64(0, told.registers().read64(0));
                unit.registers().write64(Rig.CONTROL, told.registers().read64(Rig.CONTROL));
                for (int round = 0; round < 2; round++) {
                    for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                        long answer = unit.translate(org.sluice.machine.DeviceId.parse(row.text("device").orElseThrow()).requesterId(), Rig.NO_PASID,
                                row.number("iova").orElseThrow(), Access.parse(row.text("access").orElseThrow()).permission());
                        long expected = row.text("result").orElseThrow().equals("mapped") ? row.number("output").orElseThrow()
                                : -1 - Hex.parse(row.architecture("fault_code").orElseThrow());
                        assertEquals(row.toString(), expected, answer);
                    }
                }
            }
        }
    }

    /** The inspector keeps nothing, so after everything was invalidated the two must agree, whatever the tables say. */
    @Test
    public void randomTablesAreReadAsTheInspectorReadsThem() {
        Random random = Seed.random();
        UnitRig rig = UnitRig.on();
        rig.machine.register(0, Rig.DEVICE_TABLE | 7).register(Rig.CONTROL, UnitRig.ON);
        long[] tables = {ROOT, 0x2_1000, 0x2_2000, 0x2_3000};
        for (int round = 0; round < 100; round++) {
            for (long table : tables) {
                for (int i = 0; i < 16; i++) {
                    long flags = random.nextInt(4) == 0 ? random.nextLong() : ENTRY | (long) random.nextInt(8) << 9;
                    rig.put(table + random.nextInt(512) * 8L, flags & ~0xf_ffff_ffff_f000L
                            | (random.nextInt(8) == 0 ? random.nextLong() & 0xf_ffff_ffff_f000L : tables[random.nextInt(4)]));
                }
            }
            rig.device(DTE ^ (random.nextInt(8) == 0 ? 1L << random.nextInt(64) : 0) & ~(1L << 55) | (long) random.nextInt(7) << 9 | ROOT, DOMAIN);
            for (int i = 0; i < 200; i++) {
                // Each time, for pages of coded sizes that do not stand in all their entries are kept as a whole.
                rig.done(0, 0x8000_0000, 0, 0);
                long iova = random.nextLong() >>> random.nextInt(60);
                Access access = Access.values()[random.nextInt(3)];
                TranslationReport report = rig.machine.inspector().translate(new TranslationRequest(UnitRig.DEVICE, Rig.NO_PASID, iova, access), false);
                long expected = report.fault() != null ? -1L - Math.max(0, report.fault().code())
                        : report.reason().startsWith("pass-through") ? UnitModel.PASS_THROUGH : report.output();
                assertEquals(Hex.of(iova) + " " + report.reason(), expected, rig.access(Rig.NO_PASID, iova, access.permission()));
            }
            rig.events();
        }
    }

    @Test
    public void translationsFromTheCacheAllocateNothing() {
        UnitRig rig = UnitRig.on().mapped();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += rig.read(i & 0x1fff);
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            sum += rig.read(i & 0x1fff);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue("allocated " + allocated + ", sum " + sum, allocated < 4096);
    }
}
