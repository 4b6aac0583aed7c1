// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import org.junit.Test;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.model.Smmuv3Model;
import org.sluice.backend.smmuv3.model.Smmuv3Unit;
import org.sluice.kit.register.Register;
import org.sluice.spi.UnitModel;

/** Section 6.3: what registers hold after reset, what software can write to them and when. */
public class UnitRegistersTest {
    private final UnitRig rig = UnitRig.reset();

    private int read(int offset) {
        return rig.registers.read32(offset);
    }

    private void write(int offset, int value) {
        rig.registers.write32(offset, value);
    }

    @Test
    public void everythingButIdentificationIsZeroAfterReset() {
        int[] identification = {0x00, 0x04, 0x0c, 0x14, 0x1c, UnitRig.GBPA};
        for (int at = 0; at < 0x2_0000; at += 4) {
            int offset = at;
            if (Arrays.stream(identification).noneMatch(i -> i == offset)) {
                assertEquals(Integer.toHexString(at), 0, read(at));
            }
        }
        assertEquals("as the machine says", 0x1000, read(UnitRig.GBPA));
    }

    @Test
    public void identificationIsTheMachinesWithoutWhatIsNotModelled() {
        TestUnit machine = UnitRig.full().set(IdRegisters.IDR0, -1).set(IdRegisters.IDR1, -1).set(IdRegisters.IDR3, -1).set(IdRegisters.IDR5, -1)
                .set(IdRegisters.IIDR, 0x43b).set(IdRegisters.AIDR, 2);
        UnitRig other = UnitRig.reset(machine);
        int idr0 = other.registers.read32(0);
        for (int absent : new int[] {2, 5, 8, 14, 15, 17, 20, 30}) {
            assertEquals("IDR0 bit " + absent, 0, idr0 >>> absent & 1);
        }
        for (int present : new int[] {0, 1, 3, 4, 6, 7, 9, 10, 11, 12, 13, 16, 18, 19, 23}) {
            assertEquals("IDR0 bit " + present, 1, idr0 >>> present & 1);
        }
        assertEquals("no preset structures, no enhanced queues", 0, other.registers.read32(4) >>> 28);
        assertEquals("52-bit addresses at most", 6, other.registers.read32(0x14) & 7);
        assertEquals("no 128-bit descriptors", 0, other.registers.read32(0x14) >>> 8 & 1);
        assertEquals(0x43b, other.registers.read32(0x18));
        assertEquals(2, other.registers.read32(0x1c));
        assertEquals("split-stage ATS is not there", 1, idr0 >>> 11 & 1);
        other.registers.write32(0, 0);
        assertEquals("read-only", idr0, other.registers.read32(0));
    }

    @Test
    public void enablesAreAcknowledged() {
        for (int value : new int[] {UnitRig.CMDQEN, UnitRig.CMDQEN | UnitRig.EVENTQEN, 0x1f, 0}) {
            write(UnitRig.CR0, value);
            assertEquals(value, read(UnitRig.CR0ACK));
        }
        write(UnitRig.CR0, -1);
        assertEquals("reserved bits and VMID wildcards stay 0", 0x1f, read(UnitRig.CR0));
        write(UnitRig.CR0ACK, 0);
        assertEquals("read-only", 0x1f, read(UnitRig.CR0ACK));
    }

    @Test
    public void whatTheUnitHasNotCannotBeEnabled() {
        UnitRig plain = UnitRig.reset(new TestUnit());
        plain.registers.write32(UnitRig.CR0, -1);
        assertEquals("no page requests, no ATS", 0xd, plain.registers.read32(UnitRig.CR0));
        plain.registers.write32(UnitRig.IRQ_CTRL, -1);
        assertEquals(0x5, plain.registers.read32(UnitRig.IRQ_CTRL));
        plain.registers.write64(0xb0, -1);
        plain.registers.write32(0xb8, -1);
        assertEquals("no messages (IDR0.MSI)", 0, plain.registers.read64(0xb0) | plain.registers.read32(0xb8));
        assertEquals(Optional.empty(), plain.unit.deviceTranslation());
    }

    @Test
    public void structuresStayWhileTheyAreInUse() {
        long address = 0x000f_ffff_ffff_ffc0L;
        rig.registers.write64(0x80, -1);
        assertEquals("RA and ADDR", address | 1L << 62, rig.registers.read64(0x80));
        write(0x88, -1);
        assertEquals("FMT, SPLIT, LOG2SIZE", 0x3_07ff, read(0x88));
        rig.registers.write64(0x80, TestUnit.STREAMS);
        write(0x88, 6);
        write(UnitRig.CR2, 0x2);
        rig.registers.write64(0x90, UnitRig.COMMANDS | 4);
        rig.registers.write64(0xa0, UnitRig.EVENTS | 4);
        write(UnitRig.CR0, 0xf);
        rig.registers.write64(0x80, 0);
        write(0x88, 0);
        write(UnitRig.CR2, 0);
        rig.registers.write64(0x90, 0);
        write(UnitRig.CONS, 5);
        rig.registers.write64(0xa0, 0);
        write(UnitRig.EVENTQ_PROD, 5);
        rig.registers.write64(0xc0, 0);
        assertEquals(TestUnit.STREAMS, rig.registers.read64(0x80));
        assertEquals(6, read(0x88));
        assertEquals(2, read(UnitRig.CR2));
        assertEquals(UnitRig.COMMANDS | 4, rig.registers.read64(0x90));
        assertEquals(0, read(UnitRig.CONS));
        assertEquals(UnitRig.EVENTS | 4, rig.registers.read64(0xa0));
        assertEquals(0, read(UnitRig.EVENTQ_PROD));
        write(UnitRig.CR0, 0);
        rig.registers.write64(0x80, 0x40);
        assertEquals(0x40, rig.registers.read64(0x80));
    }

    /** CR1: TABLE_* with translation off, QUEUE_* with every queue off. */
    @Test
    public void attributesChangeWhileTheirUsersAreOff() {
        write(0x28, -1);
        assertEquals(0xfff, read(0x28));
        write(UnitRig.CR0, UnitRig.SMMUEN);
        write(0x28, 0);
        assertEquals("queues only", 0xfc0, read(0x28));
        write(UnitRig.CR0, UnitRig.CMDQEN);
        write(0x28, 0x3f);
        assertEquals("tables only", 0, read(0x28));
    }

    @Test
    public void bypassAttributesNeedUpdate() {
        write(UnitRig.GBPA, 0x0010_1000);
        assertEquals("without Update a write is ignored", 0x1000, read(UnitRig.GBPA));
        assertEquals(UnitModel.PASS_THROUGH, rig.read(0x1000));
        write(UnitRig.GBPA, 0x8010_2000);
        assertEquals("done at once: Update reads 0", 0x0010_2000, read(UnitRig.GBPA));
        assertEquals(UnitRig.fault(Smmuv3Unit.ABORTED), rig.read(0x1000));
        write(UnitRig.GBPA, 0x8000_1000);
        assertEquals(UnitModel.PASS_THROUGH, rig.read((1L << 44) - 1));
        assertEquals("wider than the output: aborted", UnitRig.fault(Smmuv3Unit.ABORTED), rig.read(1L << 44));
        rig.registers.write64(0xa0, UnitRig.EVENTS | 4);
        write(UnitRig.CR0, UnitRig.EVENTQEN);
        rig.read(1L << 44);
        assertEquals("without event", 0, read(UnitRig.EVENTQ_PROD));
    }

    @Test
    public void interruptEnablesAreAcknowledgedAndHoldTheirMessages() {
        rig.registers.write64(0x68, -1);
        write(0x70, 0x1234);
        write(0x74, -1);
        assertEquals(0x000f_ffff_ffff_fffcL, rig.registers.read64(0x68));
        assertEquals(0x3f, read(0x74));
        write(0xdc, -1);
        assertEquals("LO", 0x8000_003f, read(0xdc));
        write(UnitRig.IRQ_CTRL, -1);
        assertEquals(7, read(0x54));
        rig.registers.write64(0x68, 0);
        write(0x70, 0);
        assertEquals("while enabled they stay", 0x1234, read(0x70));
        assertEquals(0x000f_ffff_ffff_fffcL, rig.registers.read64(0x68));
    }

    /** A register is written as a whole or by halves. */
    @Test
    public void halvesOfWideRegistersAreWrittenOnTheirOwn() {
        write(0x84, 0x1);
        write(0x80, 0x8000_0000);
        assertEquals(0x1_8000_0000L, rig.registers.read64(0x80));
    }

    /** Page 1 holds the pointers of the output queues; their places on page 0 are reserved here, and QEMU answers there too. */
    @Test
    public void outputPointersStandOnPageOne() {
        write(UnitRig.EVENTQ_CONS, -1);
        assertEquals(0x800f_ffff, read(UnitRig.EVENTQ_CONS));
        write(0xac, -1);
        assertEquals(0, read(0xac));
        assertEquals(0, read(0x8000));
        write(0x8020, 1);
        assertEquals("no Secure bank", 0, read(0x8020));
        assertTrue(rig.registers.isKnown(0x1_fffc, 4));
        assertFalse(rig.registers.isKnown(0x2_0000, 4));
        assertFalse(rig.registers.isKnown(-4, 4));
    }

    /** What a machine was stopped with is not programmed anew, and of a unit of which less is known nothing is made up. */
    @Test
    public void onlyAUnitAfterResetCanBeProgrammed() {
        List<TestUnit> stopped = List.of(new TestUnit(), fresh().set(ControlRegisters.CR0, 1), fresh().set(ControlRegisters.STRTAB_BASE, 0x40),
                fresh().set(QueueRegisters.CMDQ_BASE, 0x45));
        for (TestUnit machine : stopped) {
            assertTrue(new Smmuv3Backend("test").model(machine.context()).orElseThrow() instanceof Smmuv3Model);
        }
        assertTrue(new Smmuv3Backend("test").model(fresh().context()).orElseThrow() instanceof Smmuv3Unit);
        assertTrue("a queue's size has no reset value", new Smmuv3Backend("test").model(fresh().set(QueueRegisters.CMDQ_BASE, 0x13).context())
                .orElseThrow() instanceof Smmuv3Unit);
        for (Register register : List.of(IdRegisters.IDR0, IdRegisters.IDR1, IdRegisters.IDR3, IdRegisters.IDR5, IdRegisters.AIDR, ControlRegisters.CR0,
                ControlRegisters.GBPA, ControlRegisters.STRTAB_BASE, QueueRegisters.CMDQ_BASE)) {
            assertTrue(register.name(), new Smmuv3Backend("test").model(fresh().forget(register).context()).orElseThrow() instanceof Smmuv3Model);
        }
    }

    private static TestUnit fresh() {
        return new TestUnit().set(ControlRegisters.CR0, 0).set(ControlRegisters.STRTAB_BASE, 0).set(QueueRegisters.CMDQ_BASE, 0);
    }
}
