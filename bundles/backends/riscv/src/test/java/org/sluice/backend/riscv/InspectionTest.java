// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.riscv.TestUnit.DATA;
import static org.sluice.backend.riscv.TestUnit.DDT;
import static org.sluice.backend.riscv.TestUnit.FIRST;
import static org.sluice.backend.riscv.TestUnit.PDT;
import static org.sluice.backend.riscv.TestUnit.RWX;
import static org.sluice.backend.riscv.TestUnit.SECOND;
import static org.sluice.backend.riscv.TestUnit.SV39;
import static org.sluice.backend.riscv.TestUnit.leaf;
import static org.sluice.backend.riscv.TestUnit.pointer;
import static org.sluice.backend.riscv.TestUnit.root;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;

/** Requesters, mappings, queues and planted defects. */
public class InspectionTest {
    private final TestUnit unit = new TestUnit();

    private static List<String> mappings(RequesterContext context) {
        List<String> list = new ArrayList<>();
        context.table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                list.add(Hex.of(iova) + "-" + Hex.of(last) + " " + Hex.of(output) + memoryType);
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError(Hex.of(tableAddress));
            }
        });
        return list;
    }

    @Test
    public void everyRequesterIsListedWithItsTables() {
        unit.directory(2);
        unit.put(DDT + 8, pointer(DDT + 0x1000)).put(DDT + 0x1000, 1, 0, 5 << 12, root(SV39, FIRST))
                .put(DDT + 0x1000 + 32, 1 | 1 << 5, 0, 0, root(1L << 60, PDT)).put(DDT + 0x1000 + 64, 1, root(SV39 | 9L << 44, SECOND), 0, 0);
        unit.put(PDT + 16 * 3, 1 | 6 << 12, root(SV39, FIRST));
        unit.chain(FIRST, 3, -4096 & (1L << 39) - 1, 0, leaf(DATA, RWX | 1L << 61));
        for (int i = 0; i < 16; i++) {
            unit.chain(FIRST, 3, 0x1_0000 + 0x1000L * i, 0, 1L << 63 | leaf(DATA | 0x8000, RWX));
        }
        List<String> found = new ArrayList<>();
        List<RequesterContext> contexts = new ArrayList<>();
        unit.inspector().contexts(c -> {
            found.add(c.device() + " " + c.pasid() + " " + c.state() + " " + c.domain() + " " + c.tableKind());
            contexts.add(c);
        });
        assertEquals(List.of("sid:0x80 -1 TRANSLATED 5 first-stage", "sid:0x81 -1 PASS_THROUGH -1 pass-through", "sid:0x81 3 TRANSLATED 6 first-stage",
                "sid:0x82 -1 TRANSLATED 9 second-stage"), found);
        assertEquals(List.of("0x10000-0x1ffff 0x80800000", "0xfffffffffffff000-0xffffffffffffffff 0x80800000NC"), mappings(contexts.get(0)));
    }

    @Test
    public void queuesAndFaultsAreDecoded() {
        unit.set(Registers.COMMAND_BASE, pointer(DATA) & ~1L | 3).set(Registers.COMMAND_HEAD, 1).set(Registers.COMMAND_TAIL, 2);
        unit.put(DATA, 1 | 1 << 10, 0, 2 | 3L << 12, 0);
        unit.set(Registers.FAULT_BASE, pointer(DATA + 0x1000) & ~1L).set(Registers.FAULT_HEAD, 0).set(Registers.FAULT_TAIL, 1);
        unit.put(DATA + 0x1000, 23 | 7 << 12 | 1L << 32 | 3L << 34 | 0x42L << 40, 0, 0xabc000, 0x5002);
        List<QueueEntry> queues = unit.inspector().queues();
        assertEquals(List.of("iofence true", "iotinval false", "fault-record true"),
                queues.stream().map(q -> q.structure() + " " + q.pending()).sorted((a, b) -> a.startsWith("fault") ? 1 : b.startsWith("fault") ? -1 : a.compareTo(b)).toList());
        FaultRecord fault = unit.inspector().faults().get(0);
        assertEquals(DeviceId.stream(0x42), fault.device());
        assertEquals(7, fault.pasid());
        assertEquals(0xabc000, fault.iova());
        assertEquals("w write-guest-page-fault", fault.access() + " " + fault.fault().name());
        assertTrue(fault.text(), fault.text().contains("guest address 0x5000"));
    }

    @Test
    public void plantedDefectsAreFoundAndNothingElse() {
        unit.put(DDT, 1, 0, 5 << 12, root(SV39, FIRST)).put(DDT + 32, 1, 0, 6 << 12, root(SV39, FIRST + 0x1000)).put(DDT + 64, 1, root(SV39, SECOND), 0, 0);
        long entry = unit.chain(FIRST, 3, 0x1000, 0, leaf(DATA, RWX));
        unit.chain(FIRST + 0x1000, 3, 0x1000, 0, leaf(DATA, RWX));
        unit.chain(SECOND, 3, 0x1000, 0, leaf(DATA, RWX));
        assertEquals(List.of(), unit.defects(null));
        unit.put(entry, leaf(DATA, RWX) | 1L << 54);
        assertEquals(List.of("reserved-bit " + Hex.of(entry)), unit.defects(null));
        unit.put(entry, leaf(DATA, RWX) | 1L << 63 | 1 << 13);
        assertEquals("only one of sixteen", List.of("page-entries-differ " + Hex.of(entry)), unit.defects(null));
        unit.put(entry, leaf(FIRST, RWX));
        assertEquals(List.of("leaf-on-table " + Hex.of(entry)), unit.defects(null));
        unit.put(entry, leaf(DATA, RWX)).put(DDT + 48, 5 << 12);
        assertEquals("one PSCID, two tables", List.of("domain-two-tables " + Hex.of(DDT + 32)), unit.defects(null));
        assertEquals(List.of("domain-two-tables " + Hex.of(DDT + 32)), unit.defects(DeviceId.stream(1)));
        assertEquals(List.of(), unit.defects(DeviceId.stream(2)));
        unit.put(DDT + 48, 6 << 12).put(DDT + 96, 1 | 1 << 12);
        assertEquals(List.of("device-context-misconfigured " + Hex.of(DDT + 96)), unit.defects(null));
        unit.put(DDT + 96, 0).directory(2).put(DDT, 0).put(DDT + 8, pointer(0x1000));
        assertTrue(unit.defects(null).contains("table-outside-ram " + Hex.of(DDT + 8)));
    }
}
