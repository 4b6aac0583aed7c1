// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** The driver's end of the event queue: sections 7.2 (overflow), 7.3 and 7.5 (global errors). */
public class DriverEventsTest {
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final int SID = 0x18;
    private static final int NONE = TranslationRequest.NO_PASID;
    private static final long IOVA = 0x1234_5000L;
    /** 16 KiB of records of 32 bytes. */
    private static final int ENTRIES = 512;
    private static final int CR0 = 0x20;
    private static final int GERROR = 0x60;
    private static final int GERRORN = 0x64;
    private static final int EVENTQ_BASE = 0xa0;
    private static final int EVENTQ_PROD = 0x1_00a8;
    private static final int EVENTQ_CONS = 0x1_00ac;
    private static final int EVENTQEN = 4;

    private final PhysicalMemory memory = MadeUpMachine.memory();
    private UnitModel model;
    private UnitDriver driver;

    @Before
    public void start() {
        MachineDescription machine = MadeUpMachine.machine();
        var reset = MadeUpMachine.reset(MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
        model = new Smmuv3Backend("test").model(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("reset", reset))).orElseThrow();
        driver = new Smmuv3Backend("test").driver(new UnitContext(machine, machine.units().get(0), memory, model.registers()), MadeUpMachine.tables())
                .orElseThrow();
        driver.start();
        driver.attach(NIC, NONE, driver.createTable(new DomainSpec(1, 48, -1L)));
    }

    private void faults(int first, int count) {
        for (int i = first; i < first + count; i++) {
            model.translate(SID, NONE, IOVA + i, i % 2 == 0 ? Permissions.READ : Permissions.WRITE);
        }
    }

    private List<FaultRecord> drained() {
        List<FaultRecord> list = new ArrayList<>();
        driver.drainFaults(list::add);
        return list;
    }

    /** The records have to be those of the accesses from {@code first} on, in order. */
    private void told(int first, int count) {
        List<FaultRecord> list = drained();
        assertEquals(count, list.size());
        for (int i = 0; i < count; i++) {
            FaultRecord record = list.get(i);
            assertEquals(IOVA + first + i, record.iova());
            assertEquals((first + i) % 2 == 0 ? "r" : "w", record.access());
            assertEquals("F_TRANSLATION", record.fault().name());
            assertEquals(NIC, record.device());
            assertEquals(NONE, record.pasid());
        }
    }

    private int read(int offset) {
        return model.registers().read32(offset);
    }

    /** Three times around the ring. */
    @Test
    public void eventsComeOnceAndInOrder() {
        for (int at = 0; at < 3 * ENTRIES; at += 300) {
            faults(at, 300);
            told(at, 300);
            told(0, 0);
        }
    }

    @Test
    public void anOverflowIsAcknowledged() {
        faults(0, ENTRIES + 100);
        assertEquals("OVFLG", 1, read(EVENTQ_PROD) >>> 31);
        told(0, ENTRIES);
        assertEquals("OVACKFLG is as OVFLG", read(EVENTQ_PROD) >>> 31, read(EVENTQ_CONS) >>> 31);
        assertEquals("nothing waits", read(EVENTQ_PROD), read(EVENTQ_CONS));
        faults(7, 1);
        told(7, 1);
        assertEquals("still acknowledged", 1, read(EVENTQ_CONS) >>> 31);
        faults(0, ENTRIES + 1);
        assertEquals("another toggles it back", 0, read(EVENTQ_PROD) >>> 31);
        told(0, ENTRIES);
        assertEquals(0, read(EVENTQ_CONS) >>> 31);
    }

    /** Whatever was left in the queue is of the time before. */
    @Test
    public void aStartBeginsWithAnEmptyQueue() {
        for (boolean drain : new boolean[] {true, false}) {
            faults(0, 3);
            if (drain) {
                told(0, 3);
            }
            driver.stop();
            driver.start();
            assertEquals(0, read(EVENTQ_PROD));
            assertEquals(0, read(EVENTQ_CONS));
            told(0, 0);
            driver.attach(NIC, NONE, driver.createTable(new DomainSpec(drain ? 2 : 3, 48, -1L)));
            faults(11, 2);
            told(11, 2);
        }
    }

    /** EVENTQ_ABT_ERR, bit 2: acknowledged when the driver looks, so that the next one shows. */
    @Test
    public void globalErrorsAreAcknowledged() {
        int enables = read(CR0);
        long base = model.registers().read64(EVENTQ_BASE);
        model.registers().write32(CR0, enables & ~EVENTQEN);
        model.registers().write64(EVENTQ_BASE, 0x7000_0000L | 9);
        model.registers().write32(CR0, enables);
        faults(0, 1);
        assertEquals(4, read(GERROR) ^ read(GERRORN));
        drained();
        assertEquals(0, read(GERROR) ^ read(GERRORN));
        model.registers().write32(CR0, enables & ~EVENTQEN);
        model.registers().write64(EVENTQ_BASE, base);
        model.registers().write32(CR0, enables);
        faults(4, 1);
        told(4, 1);
    }
}
