// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.Test;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext.State;

/** Defects of configuration structures, interrupt entries and queues, each in the smallest machine that has it. */
public class VerifyTest {
    private static final long OUTSIDE = 0x10_0000_0000L;

    private static void finds(String word, TestUnit unit) {
        assertEquals(List.of(word), unit.verify().words());
    }

    @Test
    public void soundTablesHaveNoDefect() {
        assertEquals(List.of(), new TestUnit().secondStage().verify().words());
        assertEquals(List.of(), TestUnit.scalable().pasidSecondStage().verify().words());
        assertEquals(List.of(), TestUnit.scalable().pasidFirstStage().verify().words());
    }

    @Test
    public void rootTable() {
        finds("table-outside-ram", new TestUnit().register64(0x20, OUTSIDE));
        finds("reserved-bit", new TestUnit().put(TestUnit.ROOT, TestUnit.CONTEXTS | 5, 0));
        finds("table-outside-ram", new TestUnit().put(TestUnit.ROOT, OUTSIDE | 1, 0));
        finds("table-shared", new TestUnit().page(TestUnit.CONTEXTS).put(TestUnit.ROOT, TestUnit.CONTEXTS | 1, 0, TestUnit.CONTEXTS | 1, 0));
    }

    @Test
    public void rootRegister() {
        finds("root-address-invalid", new TestUnit().register64(0x20, TestUnit.ROOT | 2 << 10));
        finds("root-address-invalid", TestUnit.scalable().pasidSecondStage().register64(0x10, TestUnit.ECAP & ~(1L << 43)));
        TestUnit never = new TestUnit().register32(0x1c, 0).put(0, -1L, -1L).register64(0x20, 0);
        assertEquals("a unit that was never switched on has no tables", List.of(), never.verify().words());
    }

    @Test
    public void contextEntries() {
        finds("reserved-bit", new TestUnit().context(TestUnit.TABLE | 0x11, 0x502));
        finds("context-entry-invalid", new TestUnit().context(TestUnit.TABLE | 13, 0x502));
        finds("context-entry-invalid", new TestUnit().context(TestUnit.TABLE | 1, 0x504));
        finds("table-outside-ram", new TestUnit().context(OUTSIDE | 1, 0x502));
        finds("pass-through-width", new TestUnit().context(9, 0x502));
        finds("pass-through-width", new TestUnit().register64(0x08, TestUnit.CAP & ~(4L << 8)).context(9, 0x501));
        assertEquals(List.of(), new TestUnit().context(9, 0x503).verify().words());
        finds("domain-reserved", new TestUnit().register64(0x08, TestUnit.CAP | 1 << 7).secondStage().context(TestUnit.TABLE | 1, 0x002));
        assertEquals("absent is no defect", List.of(), new TestUnit().context(0xffe, -1L).verify().words());
    }

    @Test
    public void domainsAcrossRequesters() {
        TestUnit unit = new TestUnit().secondStage().put(TestUnit.CONTEXTS + 0x300, 0x40_0001, 0x502).page(0x40_0000);
        finds("domain-two-tables", unit);
        assertEquals(DeviceId.parse("00:06.0"), unit.verify().defects().get(0).device());
        assertEquals(List.of("domain-two-tables"), unit.verify(TestUnit.DEVICE).words());
        unit.put(TestUnit.CONTEXTS + 0x300, TestUnit.TABLE | 1, 0x602);
        finds("table-shared", unit);
        assertEquals(List.of("table-shared"), unit.verify(TestUnit.DEVICE).words());
        assertEquals(List.of(), unit.verify(DeviceId.parse("00:07.0")).words());
        unit.put(TestUnit.CONTEXTS + 0x300, TestUnit.TABLE | 1, 0x502);
        assertEquals("aliases share table and domain", List.of(), unit.verify().words());
        unit.put(TestUnit.CONTEXTS + 0x300, TestUnit.TABLE | 1, 0x503);
        finds("table-depth-conflict", unit);
    }

    @Test
    public void pasidStructures() {
        long context = TestUnit.CONTEXTS + 32L * TestUnit.DEVICE.devfn();
        finds("reserved-bit", TestUnit.scalable().pasidSecondStage().put(context, TestUnit.DIRECTORY | 1 << 5 | 1));
        finds("rid-pasid-invalid", TestUnit.scalable().pasidSecondStage().put(context, TestUnit.DIRECTORY | 1, 0x2000));
        finds("table-outside-ram", TestUnit.scalable().pasidSecondStage().put(context, OUTSIDE | 1));
        finds("reserved-bit", TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY, TestUnit.PASIDS | 9));
        finds("table-outside-ram", TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY, OUTSIDE | 1));
        finds("reserved-bit", TestUnit.scalable().pasid(TestUnit.TABLE | 2 << 6 | 2 << 2 | 1 << 5 | 1, 7));
        finds("pasid-entry-invalid", TestUnit.scalable().pasid(TestUnit.TABLE | 5 << 6 | 2 << 2 | 1, 7));
        finds("capability-missing", TestUnit.scalable().register64(0x10, TestUnit.ECAP & ~(1L << 48)).page(TestUnit.TABLE)
                .pasid(TestUnit.TABLE | 2 << 6 | 2 << 2 | 1, 7 | 1 << 23));
        assertEquals("an absent entry blocks", List.of(), TestUnit.scalable().pasid(0).verify().words());
    }

    @Test
    public void everyPasidIsChecked() {
        TestUnit unit = TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY + 8 * 127, 0x15_0001)
                .put(0x15_0000 + 64 * 63, TestUnit.TABLE | 2 << 6 | 7 << 2 | 1, 7);
        finds("pasid-entry-invalid", unit);
        assertEquals(0x15_0000 + 64 * 63, unit.verify().defects().get(0).address());
        assertEquals("pasid-entry-invalid", unit.inspector().context(TestUnit.DEVICE, 127 * 64 + 63).fault().name());
    }

    @Test
    public void pasidTablesThatCannotBeReadAreToldOnce() {
        TestUnit unit = TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY + 8, 0x70_0001).put(TestUnit.DIRECTORY + 16, OUTSIDE | 1);
        assertEquals(Set.of(0x70_0000L), unit.verify().unknown());
        finds("table-outside-ram", unit);
        TestUnit reserved = TestUnit.scalable().pasidSecondStage().put(TestUnit.DIRECTORY + 8, 0x15_0005);
        for (int i = 0; i < 64; i++) {
            reserved.put(0x15_0000 + 64 * i, 1);
        }
        finds("reserved-bit", reserved);
        List<State> states = new ArrayList<>();
        unit.inspector().contexts(c -> states.add(c.state()));
        assertEquals(List.of(State.TRANSLATED, State.UNKNOWN, State.BLOCKED), states);
    }

    /** RID_PASID counts only with ECAP.RPS (section 3.4); the PASID that requests without one use is not told a second time. */
    @Test
    public void theirOwnPasidIsThatOfRequestsWithoutOne() {
        TestUnit unit = TestUnit.scalable().pasidSecondStage().put(TestUnit.CONTEXTS + 32L * TestUnit.DEVICE.devfn() + 8, 2)
                .put(TestUnit.PASIDS + 64 * 2, TestUnit.TABLE | 2 << 6 | 2 << 2 | 1, 9);
        assertEquals(List.of("-1: 9", "0: 7"), domains(unit));
        assertEquals(List.of("-1: 7", "2: 9"), domains(unit.register64(0x10, TestUnit.ECAP & ~(1L << 49))));
    }

    private static List<String> domains(TestUnit unit) {
        List<String> domains = new ArrayList<>();
        unit.inspector().contexts(c -> domains.add(c.pasid() + ": " + c.domain()));
        return domains;
    }

    @Test
    public void interruptEntries() {
        long entry = TestUnit.INTERRUPTS + 0x20;
        finds("reserved-delivery-mode", new TestUnit().put(entry, 0x61, 0));
        finds("reserved-bit", new TestUnit().put(entry, 1 | 1 << 12, 0));
        finds("reserved-source-validation", new TestUnit().put(entry, 1, 3 << 18));
        finds("posted-not-supported", new TestUnit().register64(0x08, TestUnit.CAP & ~(1L << 59)).put(entry, 0x8001, 0));
        finds("posted-descriptor-access", new TestUnit().put(entry, 0x8001, 0x10L << 32));
        finds("posted-descriptor-reserved", new TestUnit().put(entry, 0x0050_0000_0000_8001L, 0).put(0x50_0038, 1));
        finds("table-outside-ram", new TestUnit().register64(0xb8, OUTSIDE | 3));
        assertEquals("absent is no defect", List.of(), new TestUnit().put(entry, -2L, -1L).verify().words());
        assertEquals("remapping is off", List.of(), new TestUnit().register32(0x1c, 1 << 31).put(entry, 0x61, 0).verify().words());
        TestUnit one = new TestUnit().put(entry, 0x61, 0x0004_0000L | TestUnit.DEVICE.requesterId());
        assertEquals(List.of("reserved-delivery-mode"), one.verify(TestUnit.DEVICE).words());
        assertEquals(List.of(), one.verify(TestUnit.IO_APIC).words());
    }

    @Test
    public void queues() {
        int on = 1 << 31 | 1 << 26;
        TestUnit unit = new TestUnit().register32(0x1c, on).register64(0x90, 0x50_0000).page(0x50_0000).register64(0x80, 0).register64(0x88, 0);
        assertEquals(List.of(), unit.verify().words());
        finds("queue-pointer-beyond", unit.register64(0x88, 0x1000));
        finds("queue-outside-ram", unit.register64(0x88, 0).register64(0x90, OUTSIDE - 0x1000 | 1));
        assertTrue(unit.register64(0x90, 0x60_0000).verify().unknown().contains(0x60_0000L));
        assertEquals("not in use", List.of(), unit.register32(0x1c, 1 << 31).register64(0x90, OUTSIDE).verify().words());
    }
}
