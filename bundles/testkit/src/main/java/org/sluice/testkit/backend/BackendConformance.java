// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.Test;
import org.sluice.api.BackendInfo;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** What a backend says of itself is so. A backend subclasses this and names itself and one of its units. */
public abstract class BackendConformance {
    protected abstract Backend backend();

    /** One of its units in a machine, with memory that holds nothing but zeros. */
    protected abstract UnitContext unit();

    /** Writable memory of that machine. */
    protected abstract AddressRange tables();

    @Test
    public final void theHalvesItNamesAreThoseItHas() {
        List<BackendInfo.Half> offered = new ArrayList<>();
        if (backend().inspector(unit()).isPresent()) {
            offered.add(BackendInfo.Half.INSPECTOR);
        }
        if (backend().model(unit()).isPresent()) {
            offered.add(BackendInfo.Half.MODEL);
        }
        if (backend().driver(unit(), tables()).isPresent()) {
            offered.add(BackendInfo.Half.DRIVER);
        }
        assertEquals(backend().info().halves().stream().sorted().toList(), offered.stream().sorted().toList());
    }

    @Test
    public final void itSupportsItsOwnUnitsOnly() {
        assertTrue(backend().supports(unit().unit()));
        assertFalse(backend().supports(new UnitDescription("other", "of-no-vendor", -1, Attributes.EMPTY)));
        assertTrue(backend().info().unitTypes().contains(unit().unit().type()));
    }

    @Test
    public final void layoutsAreItsOwnAndHaveNamesOfTheirOwn() {
        List<StructureLayout> layouts = backend().layouts();
        assertEquals(layouts.size(), layouts.stream().map(StructureLayout::name).distinct().count());
        layouts.forEach(l -> assertEquals(l.name(), backend().info().name(), l.backend()));
    }

    /** Registers after reset are all that a model needs; it lets a driver start, and then nothing passes. */
    @Test
    public final void aUnitAfterPowerOnCanBeModelledAndDriven() {
        Optional<PowerOn> made = backend().powerOn(unit().machine());
        if (made.isEmpty()) {
            return;
        }
        UnitDescription told = made.get().unit();
        assertTrue(backend().supports(told));
        MachineDescription around = unit().machine();
        MachineDescription machine = new MachineDescription(around.name(), around.architecture(), around.ram(), List.of(told), around.devices(),
                around.groups(), around.interruptControllers(), around.firmware(), around.extra());
        PhysicalMemory memory = PhysicalMemory.allocate(tables());
        UnitModel model = backend().model(new UnitContext(machine, told, memory, new RegisterImage(told.name(), made.get().registers()))).orElseThrow();
        UnitDriver driver = backend().driver(new UnitContext(machine, told, memory, model.registers()), tables()).orElseThrow();
        driver.start();
        long first = driver.capabilities().aperture().start();
        assertTrue(model.translate(0x18, TranslationRequest.NO_PASID, first, Permissions.READ) < 0);
        assertNotEquals(UnitModel.PASS_THROUGH, model.translate(0x18, TranslationRequest.NO_PASID, first, Permissions.READ));
    }

    @Test
    public final void everyCapabilitySaysWhatAGuestSees() {
        for (BackendInfo.Capability capability : backend().info().capabilities()) {
            assertFalse(capability.name(), capability.guestSees().isBlank());
        }
    }
}
