// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.InterruptMessage;
import org.sluice.api.MessageRouting;
import org.sluice.backend.zpci.driver.ZpciDriver;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.UnitContext;

/** Messages become bits and adapter interruptions ("interrupts" in docs/backends/zpci.md; sheet, section 10 and example 8). */
public class AdapterInterruptTest {
    private static final long MESSAGES = 0xfe00_0000_0000_0000L;

    private final Unit unit = new Unit(Functions.two().group("noi", 64L));
    private final List<String> raised = new ArrayList<>();

    /** Example 8: ISC 2, NOI 32, AIBVO 0, SUM 1, AISBO 0; message 9 sets byte 0x7001 to 0x40, then byte 0x7100 to 0x80. */
    @Test
    public void theSheetsExample() {
        long handle = unit.enabled();
        unit.model.setInterruptSink((address, data) -> raised.add(Long.toHexString(address) + " " + data));
        assertEquals(0, unit.registerInterrupts(handle, 0x2020_0080L, 0x7000, 0x7100));
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 9));
        assertEquals(0x40, unit.memory.readByte(0x7001));
        assertEquals((byte) 0x80, unit.memory.readByte(0x7100));
        assertEquals("subclass 2", List.of("7100 2"), raised);
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 10));
        assertEquals(0x60, unit.memory.readByte(0x7001));
        assertEquals("the summary was set: no further interruption", 1, raised.size());
        unit.put(0x7100, 0);
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 10));
        assertEquals("software has looked: the next one interrupts", 2, raised.size());
    }

    @Test
    public void offsetsShiftBothBits() {
        long handle = unit.enabled();
        unit.model.setInterruptSink((address, data) -> raised.add(Long.toHexString(address) + " " + data));
        assertEquals("ISC 5, NOI 8, AIBVO 13, SUM, AISBO 11", 0, unit.registerInterrupts(handle, 0x5008_0d8bL, 0x7000, 0x7100));
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 4));
        assertEquals("bit 17", 0x40, unit.memory.readByte(0x7002));
        assertEquals("bit 11", 0x10, unit.memory.readByte(0x7101));
        assertEquals(List.of("7101 5"), raised);
    }

    @Test
    public void withoutASummaryEachMessageInterrupts() {
        long handle = unit.enabled();
        unit.model.setInterruptSink((address, data) -> raised.add(Long.toHexString(address) + " " + data));
        assertEquals(0, unit.registerInterrupts(handle, 0x2020_0000L, 0x7000, 0));
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 1));
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 1));
        assertEquals(List.of("7000 2", "7000 2"), raised);
    }

    @Test
    public void onlyFourAlignedBytesInTheMessagePageAreMessages() {
        unit.enabled();
        assertFalse(unit.model.interrupt(Functions.FID, MESSAGES - 4, 0));
        assertFalse(unit.model.interrupt(Functions.FID, MESSAGES + 0x1000, 0));
        assertFalse(unit.model.interrupt(Functions.FID, MESSAGES + 2, 0));
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES + 0xffc, 0));
        assertEquals(0x10, unit.code());
    }

    private ZpciDriver driver() {
        ZpciDriver driver = new ZpciDriver(new UnitContext(unit.context.machine(), unit.context.unit(), unit.memory, unit.port), Functions.TABLES);
        driver.start();
        return driver;
    }

    @Test
    public void theDriverRegistersWhatMessagesNeed() {
        unit.model.setInterruptSink((address, data) -> raised.add(Long.toHexString(address) + " " + data));
        ZpciDriver driver = driver();
        InterruptDriver interrupts = driver.interrupts().orElseThrow();
        InterruptMessage one = interrupts.enable(Functions.device(Functions.FID), 5, 0x41, 0);
        InterruptMessage two = interrupts.enable(Functions.device(Functions.OTHER_FID), 5, 0x42, 0);
        assertEquals(new InterruptMessage(MESSAGES, 5), one);
        assertEquals("functions are told apart by themselves", one, two);
        assertTrue(unit.model.interrupt(Functions.FID, one.address(), one.data()));
        assertTrue(unit.model.interrupt(Functions.OTHER_FID, two.address(), two.data()));
        assertEquals("each has its own bit of the summary", 2, raised.size());
        interrupts.disable(Functions.device(Functions.FID), 5);
        assertTrue(unit.model.interrupt(Functions.FID, one.address(), one.data()));
        assertEquals("nothing any more", 2, raised.size());
        assertEquals(0x10, unit.code());
        driver.drainFaults(f -> { });
        interrupts.disable(Functions.device(Functions.OTHER_FID), 4);
        assertEquals("not enabled: no effect", 0, unit.port.read32(0x30));
    }

    /** What an operating system does on the interruption: takes the bits, and hears of those that are enabled. */
    @Test
    public void pendingVectorsAreDispatchedOnce() {
        InterruptDriver interrupts = driver().interrupts().orElseThrow();
        List<String> told = new ArrayList<>();
        assertTrue("nothing is pending", interrupts.dispatch((device, index) -> told.add(device + " " + index)));
        for (int index : new int[] {0, 9, 63}) {
            interrupts.enable(Functions.device(Functions.FID), index, 1, 0);
        }
        interrupts.enable(Functions.device(Functions.OTHER_FID), 9, 1, 0);
        unit.model.setInterruptSink((address, data) -> raised.add("raised"));
        for (int message : new int[] {63, 0, 9, 8}) {
            assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, message));
        }
        assertTrue(unit.model.interrupt(Functions.OTHER_FID, MESSAGES, 9));
        assertEquals("one interruption for each summary bit", 2, raised.size());
        interrupts.disable(Functions.device(Functions.FID), 9);
        assertTrue(interrupts.dispatch((device, index) -> told.add(device + " " + index)));
        assertEquals("8 was never enabled, 9 is no longer", List.of("0010:00:00.0 0", "0010:00:00.0 63", "0011:00:00.0 9"), told.stream().sorted().toList());
        told.clear();
        interrupts.dispatch((device, index) -> told.add(device + " " + index));
        assertEquals("taken", List.of(), told);
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 0));
        assertEquals("the summary is clear: a new one interrupts", 3, raised.size());
        interrupts.dispatch((device, index) -> told.add(device + " " + index));
        assertEquals(List.of("0010:00:00.0 0"), told);
    }

    @Test
    public void interruptsSurviveAnErrorAndEndWithTheUnit() {
        ZpciDriver driver = driver();
        InterruptDriver interrupts = driver.interrupts().orElseThrow();
        InterruptMessage message = interrupts.enable(Functions.device(Functions.FID), 0, 1, 0);
        assertEquals(-1 - 0x01, unit.read(Functions.FIRST));
        driver.drainFaults(f -> { });
        unit.model.setInterruptSink((address, data) -> raised.add("raised"));
        assertTrue(unit.model.interrupt(Functions.FID, message.address(), message.data()));
        assertEquals(1, raised.size());
        driver.stop();
        assertTrue(unit.model.interrupt(Functions.FID, message.address(), message.data()));
        assertEquals(1, raised.size());
        assertEquals(Reason.IO, assertThrows(IommuException.class, () -> interrupts.enable(Functions.device(Functions.FID), 0, 1, 0)).reason());
    }

    /** Starting again and again takes no further memory, and interrupts work each time. */
    @Test
    public void restartsKeepTheirVectors() {
        ZpciDriver driver = driver();
        InterruptDriver interrupts = driver.interrupts().orElseThrow();
        List<Integer> told = new ArrayList<>();
        for (int round = 0; round < 30_000 && told.size() == round; round++) {
            interrupts.enable(Functions.device(Functions.FID), 1, 1, 0);
            assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 1));
            interrupts.dispatch((device, index) -> told.add(index));
            driver.stop();
            interrupts.dispatch((device, index) -> told.add(-1));
            driver.start();
        }
        assertEquals(30_000, told.size());
    }

    @Test
    public void vectorsBeyondTheGroupsAreALimit() {
        InterruptDriver interrupts = driver().interrupts().orElseThrow();
        for (int index : new int[] {-1, 64}) {
            assertEquals(Reason.LIMIT, assertThrows(IommuException.class, () -> interrupts.enable(Functions.device(Functions.FID), index, 1, 0)).reason());
        }
        interrupts.enable(Functions.device(Functions.FID), 63, 1, 0);
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 63));
        assertEquals(0, unit.port.read32(0x30));
    }

    @Test
    public void messagesGoTheirOwnWayAndAreIsolated() {
        MessageRouting routing = driver().capabilities().messages();
        assertEquals(MessageRouting.Route.OWN_PATH, routing.route());
        assertTrue(routing.isolated());
        assertEquals("0xfe00000000000000-0xfe00000000000fff", routing.window().toString());
        assertFalse(driver().capabilities().aperture().overlaps(routing.window()));
    }
}
