// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.model.Smmuv3Unit;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitModel;

/** A unit from reset on over a {@link TestUnit}'s memory, and software that programs it by numbers from the register descriptions alone. */
final class UnitRig {
    static final long COMMANDS = TestUnit.RAM + 0x180_0000;
    static final long EVENTS = TestUnit.RAM + 0x181_0000;
    static final long REQUESTS = TestUnit.RAM + 0x182_0000;
    static final long WORD = TestUnit.RAM + 0x183_0000;
    static final int CR0 = 0x20;
    static final int CR0ACK = 0x24;
    static final int CR2 = 0x2c;
    static final int GBPA = 0x44;
    static final int IRQ_CTRL = 0x50;
    static final int GERROR = 0x60;
    static final int GERRORN = 0x64;
    static final int PROD = 0x98;
    static final int CONS = 0x9c;
    static final int EVENTQ_PROD = 0x1_00a8;
    static final int EVENTQ_CONS = 0x1_00ac;
    static final int PRIQ_PROD = 0x1_00c8;
    static final int PRIQ_CONS = 0x1_00cc;
    static final int SMMUEN = 1;
    static final int PRIQEN = 2;
    static final int EVENTQEN = 4;
    static final int CMDQEN = 8;
    static final int ATSCHK = 16;
    /** log2 of the entries of each queue. */
    static final int LOG2 = 4;
    static final int NEVER_STALLS = 1 << 24;

    /** As {@link TestUnit}'s, with ATS, messages, page requests, and records of ATS configuration errors. */
    static final int IDR0 = TestUnit.IDR0 | 1 << 10 | 1 << 13 | 1 << 16 | 1 << 23;
    /** As {@link TestUnit}'s, with range invalidation. */
    static final int IDR3 = TestUnit.IDR3 | 1 << 10;

    final TestUnit machine;
    final UnitModel unit;
    final RegisterPort registers;
    final List<String> messages = new ArrayList<>();
    /** What the device with a cache of its own was told. */
    final List<String> told = new ArrayList<>();

    private UnitRig(TestUnit machine, List<InterruptController> controllers) {
        this.machine = machine;
        machine.set(ControlRegisters.CR0, 0).set(ControlRegisters.STRTAB_BASE, 0).set(ControlRegisters.STRTAB_BASE_CFG, 0)
                .set(ControlRegisters.CR2, 0).set(QueueRegisters.CMDQ_BASE, 0);
        unit = (Smmuv3Unit) new Smmuv3Backend("test").model(machine.context(controllers)).orElseThrow();
        registers = unit.registers();
        unit.setInterruptSink((address, data) -> messages.add(Long.toHexString(address) + ":" + Integer.toHexString(data)));
    }

    /** The unit after reset; nothing is programmed. */
    static UnitRig reset(TestUnit machine) {
        return new UnitRig(machine, List.of());
    }

    static UnitRig reset() {
        return reset(full());
    }

    static UnitRig reset(TestUnit machine, List<InterruptController> controllers) {
        return new UnitRig(machine, controllers);
    }

    /** A machine whose unit has everything that is modelled. */
    static TestUnit full() {
        return new TestUnit().set(IdRegisters.IDR0, IDR0).set(IdRegisters.IDR3, IDR3).set(IdRegisters.IDR5, TestUnit.IDR5 | 4 << 16);
    }

    /** Everything in use: linear stream table, all queues, a device that answers. */
    static UnitRig started(TestUnit machine) {
        return reset(machine).start();
    }

    static UnitRig started() {
        return started(full());
    }

    UnitRig start() {
        registers.write32(CR2, 0x2);
        registers.write64(0x80, TestUnit.STREAMS);
        registers.write32(0x88, 6);
        registers.write64(0x90, COMMANDS | LOG2);
        registers.write64(0xa0, EVENTS | LOG2);
        registers.write64(0xc0, REQUESTS | LOG2);
        registers.write32(CR0, SMMUEN | PRIQEN | EVENTQEN | CMDQEN);
        unit.deviceTranslation().ifPresent(d -> d.setDeviceSide(new DeviceTranslation.DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                told.add("invalidate " + requester + "/" + pasid + " " + Long.toHexString(iova) + "-" + Long.toHexString(last));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                told.add("response " + requester + "/" + pasid + " group " + group + " code " + code);
            }
        }));
        return this;
    }

    /** Puts a command into the queue and rings. */
    void submit(long low, long high) {
        int prod = registers.read32(PROD);
        machine.put(COMMANDS + 16L * (prod & (1 << LOG2) - 1), low, high);
        registers.write32(PROD, prod + 1 & (2 << LOG2) - 1);
    }

    /** The same; it must be done then. */
    UnitRig done(long low, long high) {
        submit(low, high);
        assertEquals("consumed", registers.read32(PROD), registers.read32(CONS));
        assertEquals("no error", 0, errors());
        return this;
    }

    /** Global errors that are active. */
    int errors() {
        return registers.read32(GERROR) ^ registers.read32(GERRORN);
    }

    /** Takes out the events that wait: four words each, without leading zeros. */
    List<String> events() {
        List<String> list = new ArrayList<>();
        int cons = registers.read32(EVENTQ_CONS);
        int prod = registers.read32(EVENTQ_PROD);
        while ((cons ^ prod) << 12 != 0) {
            long at = EVENTS + 32L * (cons & (1 << LOG2) - 1);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 4; i++) {
                text.append(i == 0 ? "" : " ").append(Long.toHexString(machine.memory.readLong(at + 8L * i)));
            }
            list.add(text.toString());
            cons = cons & 1 << 31 | cons + 1 & (2 << LOG2) - 1;
        }
        registers.write32(EVENTQ_CONS, cons);
        return list;
    }

    long translate(int stream, int pasid, long iova, int permission) {
        return unit.translate(stream, pasid, iova, permission);
    }

    long read(long iova) {
        return translate(TestUnit.SID, TranslationRequest.NO_PASID, iova, Permissions.READ);
    }

    long write(long iova) {
        return translate(TestUnit.SID, TranslationRequest.NO_PASID, iova, Permissions.WRITE);
    }

    static long fault(int code) {
        return -1L - code;
    }
}
