// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * What only firmware tells a unit's reader (chapter 8, DMAR): the host address width, the unit's segment, and which requesters are
 * I/O APICs. Immutable; a table that is absent or cut short tells less.
 *
 * @param hostBits host address width, or 0 if not known
 * @param segment PCI segment that the unit serves
 * @param ioApics source ids of I/O APICs
 */
public record UnitFirmware(int hostBits, int segment, Set<Integer> ioApics) {
    private static final int WIDTH_OFFSET = 36;
    private static final int FIRST_STRUCTURE = 48;
    private static final int UNIT_STRUCTURE = 0;
    private static final int SEGMENT_OFFSET = 6;
    private static final int BASE_OFFSET = 8;
    private static final int FIRST_SCOPE = 16;
    private static final int IO_APIC_SCOPE = 3;
    private static final int SCOPE_BUS = 5;
    private static final int SCOPE_PATH = 6;

    public UnitFirmware {
        ioApics = Set.copyOf(ioApics);
    }

    public static UnitFirmware of(MachineDescription machine, UnitDescription unit) {
        Set<Integer> ioApics = new HashSet<>();
        for (InterruptController controller : machine.interruptControllers()) {
            if (controller.type().equals("io-apic") && controller.sourceId() >= 0) {
                ioApics.add(controller.sourceId());
            }
        }
        int segment = machine.devices().stream().filter(d -> unit.name().equals(d.unit()) && d.device().isPci())
                .map(DeviceDescription::device).mapToInt(DeviceId::segment).findFirst().orElse(0);
        ByteBuffer table = machine.firmware("DMAR").map(FirmwareTable::bytes).map(ByteBuffer::wrap).orElse(ByteBuffer.allocate(0))
                .order(ByteOrder.LITTLE_ENDIAN);
        int hostBits = table.limit() > WIDTH_OFFSET ? Byte.toUnsignedInt(table.get(WIDTH_OFFSET)) + 1 : 0;
        for (int at = FIRST_STRUCTURE; at + FIRST_SCOPE <= table.limit();) {
            int length = Short.toUnsignedInt(table.getShort(at + 2));
            if (length < FIRST_SCOPE || length > table.limit() - at) {
                break;
            }
            if (table.getShort(at) == UNIT_STRUCTURE && table.getLong(at + BASE_OFFSET) == unit.registerBase()) {
                segment = Short.toUnsignedInt(table.getShort(at + SEGMENT_OFFSET));
                ioApics(table, at, at + length, ioApics);
            }
            at += length;
        }
        return new UnitFirmware(hostBits, segment, ioApics);
    }

    /** Device scopes of one unit; only those on the start bus itself, since bridges below are numbered at run time. */
    private static void ioApics(ByteBuffer table, int unit, int end, Set<Integer> out) {
        for (int at = unit + FIRST_SCOPE; at + SCOPE_PATH + 2 <= end;) {
            int length = Byte.toUnsignedInt(table.get(at + 1));
            if (length < SCOPE_PATH + 2) {
                return;
            }
            if (table.get(at) == IO_APIC_SCOPE && length == SCOPE_PATH + 2) {
                out.add(Byte.toUnsignedInt(table.get(at + SCOPE_BUS)) << 8 | (table.get(at + SCOPE_PATH) & 0x1f) << 3
                        | table.get(at + SCOPE_PATH + 1) & 7);
            }
            at += length;
        }
    }
}
