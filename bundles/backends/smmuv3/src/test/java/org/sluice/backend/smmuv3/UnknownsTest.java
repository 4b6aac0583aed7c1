// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.model.Smmuv3Model;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** What the image does not hold is unknown and named; what does not rest on it is answered. */
public class UnknownsTest {
    private static final long PAGE = 0x4000_0f47L;
    private static final String MAPPED = "0x40000000 4096 rwx";

    private static TestUnit working(TestUnit unit) {
        return unit.plain().chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE);
    }

    @Test
    public void controlRegistersThatDecideAreNamed() {
        TestUnit unit = working(new TestUnit());
        assertTrue(unit.forget(ControlRegisters.CR0).read(0).contains("CR0"));
        assertEquals("the acknowledgement tells as well", MAPPED, unit.set(ControlRegisters.CR0ACK, 1).read(0));
        assertTrue(unit.forget(ControlRegisters.STRTAB_BASE).read(0).contains("STRTAB_BASE"));
        assertTrue(unit.set(ControlRegisters.STRTAB_BASE, TestUnit.STREAMS).forget(ControlRegisters.STRTAB_BASE_CFG).read(0).contains("STRTAB_BASE_CFG"));
        unit.set(ControlRegisters.CR0ACK, 0);
        assertEquals("translation is off: the table does not matter", "0x77", unit.read(0x77));
        assertTrue(unit.forget(ControlRegisters.GBPA).read(0).contains("GBPA"));
    }

    @Test
    public void gbpaAndCr2MatterOnlyWhereTheyDecide() {
        TestUnit unit = working(new TestUnit()).forget(ControlRegisters.GBPA).forget(ControlRegisters.CR2);
        assertEquals(MAPPED, unit.read(0));
        unit.ste(0xb | TestUnit.CONTEXTS, 2L << 30);
        assertTrue("EL2 streams ask CR2.E2H", unit.read(0).contains("CR2"));
    }

    @Test
    public void identificationRegistersRestrictNothingUnlessKnown() {
        TestUnit unit = working(new TestUnit());
        unit.forget(IdRegisters.IDR0).forget(IdRegisters.IDR1).forget(IdRegisters.IDR3).forget(IdRegisters.IDR5).forget(IdRegisters.AIDR);
        assertEquals(MAPPED, unit.read(0));
        assertEquals(MAPPED, unit.cd(TestUnit.cd0(16) | 0xff00L << 48).read(0));
        assertEquals("what no unit takes stays illegal", "C_BAD_CD", unit.cd(TestUnit.cd0(16) | 3 << 6).read(0));
    }

    /** Memory with holes: {@code missing} pages are RAM that the image lacks. */
    private static TestUnit without(long... missing) {
        TestUnit whole = working(new TestUnit());
        PhysicalMemory.Builder holes = PhysicalMemory.builder().ram(AddressRange.ofSize(TestUnit.RAM, TestUnit.RAM_BYTES));
        for (long page = TestUnit.RAM; page < TestUnit.RAM + TestUnit.RAM_BYTES; page += 4096) {
            boolean hole = false;
            for (long m : missing) {
                hole |= page == m;
            }
            if (!hole) {
                ByteBuffer bytes = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < 4096; i += 8) {
                    bytes.putLong(i, whole.memory.readLong(page + i));
                }
                holes.data(page, bytes, true);
            }
        }
        return new TestUnit(holes.build());
    }

    @Test
    public void missingStructuresAreNamedByAddress() {
        assertEquals("UNKNOWN 0x800000c0", without(TestUnit.STREAMS).read(0));
        assertEquals("UNKNOWN 0x80010000", without(TestUnit.CONTEXTS).read(0));
        assertEquals("UNKNOWN 0x80200000", without(TestUnit.ROOT).read(0));
        TestUnit leaf = without(TestUnit.TABLES + 0x2_0000);
        assertEquals("UNKNOWN 0x80820000", leaf.read(0));
        assertEquals("other addresses do not need it", "F_TRANSLATION", leaf.read(1L << 40));
        List<String> states = new ArrayList<>();
        leaf.inspector().contexts(c -> states.add(c.state().name()));
        assertEquals(List.of("TRANSLATED"), states);
        assertEquals(List.of("unknown 0x80820000"), leaf.defects());
    }

    @Test
    public void queuesWithoutRegistersAreLeftOut() {
        TestUnit unit = working(new TestUnit());
        assertTrue(unit.inspector().queues().isEmpty());
        unit.set(QueueRegisters.EVENTQ_BASE, TestUnit.RAM + 0x100_0000 | 4);
        unit.put(TestUnit.RAM + 0x100_0000, 0x3_0000_0010L, 8L << 32, 0x1234, 0);
        assertFalse("without indexes nothing is known to wait", unit.inspector().queues().get(0).pending());
        assertEquals(1, unit.inspector().faults().size());
        assertEquals("F_TRANSLATION", unit.inspector().faults().get(0).fault().name());
    }

    @Test
    public void aDeviceWithoutStreamIdIsUnknown() {
        TestUnit unit = working(new TestUnit());
        assertTrue(unit.inspector().translate(new org.sluice.api.TranslationRequest(org.sluice.machine.DeviceId.parse("00:02.0"), -1, 0, Access.READ), false)
                .reason().contains("StreamID"));
    }

    /** A model of a stopped unit never lets out what it cannot judge: tables that are missing are tables that cannot be read. */
    @Test
    public void whatTheModelCannotReadItRefuses() {
        TestUnit leaf = without(TestUnit.TABLES + 0x2_0000);
        Smmuv3Model model = new Smmuv3Model(leaf.context());
        assertEquals("F_WALK_EABT", -1L - 0x0b, model.translate(TestUnit.SID, -1, 0, Permissions.READ));
        assertEquals("F_TRANSLATION", -1L - 0x10, model.translate(TestUnit.SID, -1, 1L << 40, Permissions.READ));
        assertEquals("a stream table entry", -1L, new Smmuv3Model(without(TestUnit.STREAMS).context()).translate(TestUnit.SID, -1, 0, Permissions.READ));
    }

    /** Streams that bypass: addresses above OAS are F_ADDR_SIZE; with SMMUEN=0 they are aborted without event (section 3.4). */
    @Test
    public void theModelOfAStoppedUnitLetsPassWhatPasses() {
        Smmuv3Model model = new Smmuv3Model(new TestUnit().ste(0x9).context());
        assertEquals(Smmuv3Model.PASS_THROUGH, model.translate(TestUnit.SID, -1, (1L << 44) - 1, Permissions.READ));
        assertEquals(-1L - 0x11, model.translate(TestUnit.SID, -1, 1L << 44, Permissions.READ));
        model = new Smmuv3Model(new TestUnit().set(ControlRegisters.CR0, 0).context());
        assertEquals(Smmuv3Model.PASS_THROUGH, model.translate(TestUnit.SID, -1, (1L << 44) - 1, Permissions.READ));
        assertEquals(-1L, model.translate(TestUnit.SID, -1, 1L << 44, Permissions.READ));
        model = new Smmuv3Model(new TestUnit().set(ControlRegisters.CR0, 0).set(ControlRegisters.GBPA, 1 << 20).context());
        assertEquals("GBPA.ABORT", -1L, model.translate(TestUnit.SID, -1, 0x1000, Permissions.READ));
    }
}
