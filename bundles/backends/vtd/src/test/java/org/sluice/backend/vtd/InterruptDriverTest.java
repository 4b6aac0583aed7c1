// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.junit.function.ThrowingRunnable;
import org.sluice.api.Access;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptMessage;
import org.sluice.api.MessageRouting.Route;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.UnitModel;

/** The driver sets up interrupts and the unit remaps them; they meet in memory and registers only. */
public class InterruptDriverTest {
    private static final DeviceId DEVICE = DeviceId.parse("0000:00:03.0");
    private static final int ECAP = 0x10;
    private static final int EIM = 1 << 4;
    private static final int IRTA = 0xb8;
    private static final DeviceId OTHER = DeviceId.parse("0000:01:04.0");

    private final PoweredUnit unit = new PoweredUnit(DriverMode.LEGACY, 0, 0);
    private final InterruptDriver interrupts = unit.driver.interrupts().orElseThrow();
    private final List<String> delivered = new ArrayList<>();

    public InterruptDriverTest() {
        unit.model.setInterruptSink((address, data) -> delivered.add(Long.toHexString(address) + ":" + Integer.toHexString(data)));
    }

    private List<String> send(DeviceId device, long address, int data) {
        delivered.clear();
        assertTrue(unit.model.interrupt(device.requesterId(), address, data));
        return List.copyOf(delivered);
    }

    private List<String> send(DeviceId device, InterruptMessage message) {
        return send(device, message.address(), message.data());
    }

    private List<Integer> faults() {
        List<FaultRecord> faults = new ArrayList<>();
        unit.driver.drainFaults(faults::add);
        return faults.stream().map(f -> f.fault().code()).toList();
    }

    /** Section 5.1.2: remappable format, a subhandle in the data; 5.1.5: what comes out. */
    @Test
    public void aMessageRaisesTheVectorAtTheProcessor() {
        unit.driver.start();
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        assertEquals("window, remappable, SHV", 0xfee0_0018L, message.address() & 0xffff_ffff_fff0_001fL);
        assertEquals(List.of("fee03000:4041"), send(DEVICE, message));
        InterruptMessage far = interrupts.enable(DEVICE, 1, 0x42, 0x1_2345);
        assertEquals(List.of("12300fee45000:4042"), send(DEVICE, far));
    }

    /** Multiple messages of one capability: the device adds the number to the data of the first. */
    @Test
    public void aDeviceMayCountItsMessagesItself() {
        unit.driver.start();
        InterruptMessage first = interrupts.enable(DEVICE, 0, 0x50, 0);
        for (int i = 1; i < 32; i++) {
            assertEquals(new InterruptMessage(first.address(), first.data() + i), interrupts.enable(DEVICE, i, 0x50 + i, i));
        }
        assertEquals(List.of("fee1f000:406f"), send(DEVICE, first.address(), first.data() + 31));
        InterruptMessage beyond = interrupts.enable(DEVICE, 32, 0x80, 0);
        assertFalse(beyond.address() == first.address());
        assertEquals(List.of("fee00000:4080"), send(DEVICE, beyond));
    }

    @Test
    public void aDeviceCannotUseTheMessageOfAnother() {
        unit.driver.start();
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        assertEquals(List.of(), send(OTHER, message));
        assertEquals("source refused", List.of(0x26), faults());
        InterruptMessage own = interrupts.enable(OTHER, 0, 0x41, 3);
        assertFalse(own.equals(message));
        assertEquals(List.of("fee03000:4041"), send(OTHER, own));
    }

    @Test
    public void whatIsNotEnabledIsBlocked() {
        unit.driver.start();
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        assertEquals(List.of(), send(DEVICE, message.address(), message.data() + 1));
        assertEquals("not present", List.of(0x22), faults());
        assertEquals(List.of(), send(DEVICE, 0xfee0_3000L, 0x41));
        assertEquals("compatibility format", List.of(0x25), faults());
        interrupts.disable(DEVICE, 0);
        assertEquals(List.of(), send(DEVICE, message));
        assertEquals(List.of(0x22), faults());
        interrupts.disable(DEVICE, 0);
        interrupts.disable(OTHER, 7);
    }

    @Test
    public void enablingAgainMovesTheInterruptAndKeepsItsMessage() {
        unit.driver.start();
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        assertEquals(List.of("fee03000:4041"), send(DEVICE, message));
        assertEquals(message, interrupts.enable(DEVICE, 0, 0x99, 7));
        assertEquals(List.of("fee07000:4099"), send(DEVICE, message));
    }

    /** SHM-21: interrupts are remapped although DMA is not translated. */
    @Test
    public void remappingNeedsNoTranslation() {
        assertFalse(unit.driver.capabilities().messages().isolated());
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        assertEquals(UnitModel.PASS_THROUGH, unit.translate(DEVICE, TranslationRequest.NO_PASID, 0x1000, Access.WRITE));
        assertEquals(List.of("fee03000:4041"), send(DEVICE, message));
        assertEquals(List.of(), send(OTHER, message));
        assertTrue(unit.driver.capabilities().messages().isolated());
        unit.driver.start();
        assertEquals("translation is on", -1L - 0x01, unit.translate(DEVICE, TranslationRequest.NO_PASID, 0x1000, Access.WRITE));
        assertEquals(List.of("fee03000:4041"), send(DEVICE, message));
    }

    @Test
    public void messagesAreIsolatedOnceTheUnitRemaps() {
        assertTrue(unit.driver.capabilities().features().contains(Feature.INTERRUPT_REMAPPING));
        assertEquals(Route.WINDOW, unit.driver.capabilities().messages().route());
        unit.driver.start();
        assertTrue(unit.driver.capabilities().messages().isolated());
    }

    @Test
    public void stoppingTakesInterruptsAway() {
        unit.driver.start();
        InterruptMessage message = interrupts.enable(DEVICE, 0, 0x41, 3);
        unit.driver.stop();
        assertEquals(List.of(), send(DEVICE, message));
        assertTrue(unit.driver.capabilities().messages().isolated());
        unit.driver.start();
        assertEquals(List.of("fee03000:4041"), send(DEVICE, interrupts.enable(DEVICE, 0, 0x41, 3)));
    }

    @Test
    public void whatNoDeviceCanHaveIsRefused() {
        unit.driver.start();
        assertLimit(() -> interrupts.enable(DEVICE, 2048, 0x41, 3));
        assertLimit(() -> interrupts.enable(DEVICE, -1, 0x41, 3));
        assertLimit(() -> interrupts.enable(DEVICE, 0, 15, 3));
        assertLimit(() -> interrupts.enable(DEVICE, 0, 256, 3));
        assertEquals(IommuException.Reason.UNKNOWN_DEVICE,
                assertThrows(IommuException.class, () -> interrupts.enable(DeviceId.parse("0001:00:03.0"), 0, 0x41, 3)).reason());
    }

    /** The table has an end, and what is given back can be used again. */
    @Test
    public void aFullTableRefusesAndIsUsedAgain() {
        unit.driver.start();
        int enabled = 0;
        while (enabled < 1 << 16) {
            int at = enabled;
            try {
                interrupts.enable(DeviceId.pci(0, at >>> 8 & 0xff, at & 0xff), 0, 0x41, 3);
            } catch (IommuException full) {
                assertEquals(IommuException.Reason.LIMIT, full.reason());
                break;
            }
            enabled++;
        }
        assertTrue("enabled " + enabled, enabled >= 100 && enabled < 1 << 16);
        assertLimit(() -> interrupts.enable(DeviceId.parse("0000:ff:1f.7"), 0, 0x41, 3));
        interrupts.disable(DeviceId.pci(0, 0, 5), 0);
        assertEquals(List.of("fee03000:4041"), send(DeviceId.parse("0000:ff:1f.7"), interrupts.enable(DeviceId.parse("0000:ff:1f.7"), 0, 0x41, 3)));
    }

    /** Without EIM the destination is one byte, in bits 47:40 (section 9), and IRTA.EIME stays 0. */
    @Test
    public void aUnitWithoutExtendedDestinationsHasProcessorsUpTo255() {
        Map<Integer, Integer> registers = new HashMap<>(DrivenAs.registers(0, 0));
        registers.merge(ECAP, ~EIM, (present, mask) -> present & mask);
        PoweredUnit plain = new PoweredUnit(DriverMode.LEGACY, registers);
        plain.model.setInterruptSink((address, data) -> delivered.add(Long.toHexString(address) + ":" + Integer.toHexString(data)));
        plain.driver.start();
        InterruptDriver driver = plain.driver.interrupts().orElseThrow();
        InterruptMessage message = driver.enable(DEVICE, 0, 0x41, 255);
        assertTrue(plain.model.interrupt(DEVICE.requesterId(), message.address(), message.data()));
        assertEquals(List.of("feeff000:4041"), delivered);
        long table = plain.live.registers().read64(IRTA);
        assertEquals("EIME", 0, table & 1 << 11);
        long index = (message.address() >>> 5 & 0x7fff) + message.data();
        assertEquals(0xff00_0041_0001L, plain.memory.readLong((table & -4096L) + 16 * index));
        assertLimit(() -> driver.enable(DEVICE, 1, 0x41, 256));
        assertLimit(() -> driver.enable(DEVICE, 1, 0x41, -1));
    }

    private static void assertLimit(ThrowingRunnable act) {
        assertEquals(IommuException.Reason.LIMIT, assertThrows(IommuException.class, act).reason());
    }
}
