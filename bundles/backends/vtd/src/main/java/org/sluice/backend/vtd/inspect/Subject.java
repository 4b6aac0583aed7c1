// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.lookup.ConfigurationLookup;
import org.sluice.backend.vtd.lookup.InterruptLookup;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitContext;

/**
 * The unit that an inspector looks at: its registers as they were when the inspector was made, and the look-ups over them. Immutable.
 */
record Subject(UnitContext context, UnitState state, UnitFirmware firmware, ConfigurationLookup lookup, InterruptLookup interrupts) {
    static Subject of(UnitContext context) {
        UnitFirmware firmware = UnitFirmware.of(context.machine(), context.unit());
        UnitState state = UnitState.read(context.registers(), firmware.hostBits());
        return new Subject(context, state, firmware, new ConfigurationLookup(context.memory(), state),
                new InterruptLookup(context.memory(), state));
    }

    PhysicalMemory memory() {
        return context.memory();
    }

    String unit() {
        return context.unit().name();
    }

    /** Whether RTADDR names tables that mean something: of a known form, and taken over by the unit, as far as GSTS tells. */
    boolean hasTables() {
        long mode = state.get(ControlRegisters.RTADDR, ControlRegisters.TABLE_MODE);
        boolean takenOver = !state.knows(ControlRegisters.GSTS) || state.status(ControlRegisters.ROOT_SET)
                || state.status(ControlRegisters.TRANSLATION_ON);
        return state.knows(ControlRegisters.RTADDR) && takenOver && (mode == ControlRegisters.LEGACY || mode == ControlRegisters.SCALABLE);
    }

    /** The id under which the unit sees a requester, or -1 if it has none. */
    static int sourceId(DeviceId device) {
        return device != null && device.isPci() ? device.requesterId() : -1;
    }

    DeviceId device(int sourceId) {
        return DeviceId.ofRequester(firmware.segment(), sourceId);
    }
}
