// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/** A unit built by hand: 16 MiB of RAM, a device table of 1024 entries, and every feature that registers can announce. */
final class Rig {
    static final long RAM_LAST = 0xff_ffffL;
    static final long DEVICE_TABLE = 0x1_0000L;
    static final DeviceId NIC = DeviceId.parse("00:03.0");
    static final DeviceId DISK = DeviceId.parse("00:04.0");
    /** V, TV, IR, IW. */
    static final long DTE = 0x6000_0000_0000_0003L;
    /** PR, IR, IW. */
    static final long ENTRY = 0x6000_0000_0000_0001L;
    /** P, RW, US, A, D. */
    static final long GUEST = 0x67L;
    static final int NO_PASID = TranslationRequest.NO_PASID;

    static final int CONTROL = 0x18;
    static final int EFR = 0x30;
    static final int EXCL_BASE = 0x20;
    static final int EXCL_LIMIT = 0x28;
    static final long ON = 1;
    static final long GUESTS = 1 << 16;
    static final long LONG_INTERRUPTS = 1 << 17;
    static final long GUEST_APIC = 1 << 25;
    static final long X2APIC = 1L << 50;
    /** HATS 2, GATS 1, GLXSup 2, NX, GT, PPR. */
    static final long FEATURES = 2 << 10 | 1 << 12 | 2 << 14 | 1 << 3 | 1 << 4 | 1 << 1;

    final PhysicalMemory memory;
    final Map<Integer, Integer> words = new HashMap<>();
    final List<GroupDescription> groups = new ArrayList<>();
    final List<FirmwareTable> firmware = new ArrayList<>();

    Rig() {
        this(PhysicalMemory.allocate(new AddressRange(0, RAM_LAST)));
    }

    Rig(PhysicalMemory memory) {
        this.memory = memory;
        register(0x00, DEVICE_TABLE | 7);
        register(CONTROL, ON | GUESTS | LONG_INTERRUPTS);
        register(EFR, FEATURES);
        register(EXCL_BASE, 0);
        register(EXCL_LIMIT, 0);
    }

    Rig register(int offset, long value) {
        words.put(offset, (int) value);
        words.put(offset + 4, (int) (value >>> 32));
        return this;
    }

    Rig forget(int offset) {
        words.remove(offset);
        words.remove(offset + 4);
        return this;
    }

    Rig device(DeviceId device, long... dte) {
        for (int i = 0; i < 4; i++) {
            memory.writeLong(DEVICE_TABLE + device.requesterId() * 32L + 8L * i, i < dte.length ? dte[i] : 0);
        }
        return this;
    }

    Rig put(long address, long entry) {
        memory.writeLong(address, entry);
        return this;
    }

    /** A pointer to a table: NextLevel below the level of the entry. */
    static long table(long address, int nextLevel) {
        return ENTRY | address | (long) nextLevel << 9;
    }

    UnitContext context() {
        UnitDescription unit = new UnitDescription("ivhd0", AmdVi.UNIT_TYPE, 0xfed8_0000L, Attributes.EMPTY);
        return new UnitContext(new MachineDescription("rig", null, memory.ram(), List.of(unit), List.of(), groups, List.of(), firmware,
                Attributes.EMPTY),
                unit, memory, new RegisterImage("ivhd0", words));
    }

    Inspector inspector() {
        return new AmdViBackend("test").inspector(context()).orElseThrow();
    }

    TranslationReport read(long iova) {
        return ask(NIC, NO_PASID, iova, Access.READ);
    }

    TranslationReport write(long iova) {
        return ask(NIC, NO_PASID, iova, Access.WRITE);
    }

    TranslationReport ask(DeviceId device, int pasid, long iova, Access access) {
        return inspector().translate(new TranslationRequest(device, pasid, iova, access), true);
    }

    InterruptReport interrupt(long data) {
        return inspector().remapInterrupt(new InterruptRequest(NIC, 0xfee0_0000L, data), true);
    }

    List<RequesterContext> contexts() {
        List<RequesterContext> list = new ArrayList<>();
        inspector().contexts(list::add);
        return list;
    }

    Defects verify(DeviceId device) {
        Defects defects = new Defects();
        inspector().verify(device, defects);
        return defects;
    }
}
