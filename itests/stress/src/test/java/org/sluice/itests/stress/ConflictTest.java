// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.ConflictService.Conflict;
import org.sluice.api.ConflictService.Mode;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.inspect.Conflicts;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.ReservedRange;

/** MSI-04: one host description, three modes; expected are the regions of the sheet msi.md, section 7. */
public class ConflictTest {
    private static final AddressRange THREE_GIB = new AddressRange(0, 0xbfff_ffffL);
    private static final AddressRange FOUR_GIB = new AddressRange(0, 0xffff_ffffL);
    private static final AddressRange ABOVE = new AddressRange(0x1_0000_0000L, 0x1_3fff_ffffL);
    private static final AddressRange TIB = new AddressRange(0x1_0000_0000L, 0xff_ffff_ffffL);
    private static final AddressRange RESERVED = AddressRange.ofSize(0x1_0010_0000L, 0x1000);

    private final Platform platform = new Platform();
    private final Conflicts conflicts = new Conflicts(platform.inspect);

    @After
    public void close() {
        platform.close();
    }

    private List<Conflict> find(Machine machine, Mode mode, AddressRange... ram) {
        List<Conflict> found = new ArrayList<>();
        conflicts.conflicts(machine, EnumSet.of(mode), List.of(ram), Progress.NONE, found::add);
        found.forEach(c -> assertEquals(mode, c.mode()));
        return found;
    }

    private static Conflict guest(long start, long last, String kind, String origin, AddressRange ram) {
        return new Conflict(Mode.GUEST, null, new AddressRange(start, last), kind, origin, "guest RAM " + ram);
    }

    @Test
    public void msi04ADoorbellWindowConflictsInAVmAlone() {
        Machine machine = platform.open("smmuv3");
        assertEquals(List.of(), find(machine, Mode.PHYSICAL));
        assertEquals(List.of(), find(machine, Mode.DRIVER));
        assertEquals(List.of(guest(0x800_0000L, 0x80f_ffffL, "msi", "kernel", THREE_GIB)), find(machine, Mode.GUEST, THREE_GIB, ABOVE));
    }

    @Test
    public void msi04X86GuestsMustLeaveTheWindowAndOnAmdWhatHyperTransportTakes() {
        Machine vtd = platform.open("vtd");
        assertEquals(List.of(), find(vtd, Mode.PHYSICAL));
        assertEquals(List.of(), find(vtd, Mode.GUEST, THREE_GIB, ABOVE));
        assertEquals(List.of(guest(0xfee0_0000L, 0xfeef_ffffL, "msi", "architecture", FOUR_GIB)), find(vtd, Mode.GUEST, FOUR_GIB));
        assertEquals(List.of(), find(vtd, Mode.GUEST, TIB));
        assertEquals(List.of(guest(0xfd_0000_0000L, 0xff_ffff_ffffL, "reserved", "architecture", TIB)),
                find(platform.open("amdvi"), Mode.GUEST, TIB));
    }

    /** A host whose designer did not keep them apart. */
    @Test
    public void msi04RamOverTheLocalApicsIsAPhysicalConflict() {
        List<Conflict> found = find(platform.open("vtd,ram=4080M"), Mode.PHYSICAL);
        AddressRange ram = new AddressRange(0, 0xfeff_ffffL);
        assertEquals(List.of(
                new Conflict(Mode.PHYSICAL, null, new AddressRange(0xfee0_0000L, 0xfeef_ffffL), "msi", "local-apic", "RAM " + ram),
                new Conflict(Mode.PHYSICAL, null, new AddressRange(0xfed9_0000L, 0xfed9_0000L), "registers", "dmar0", "RAM " + ram)), found);
    }

    /** A direct range wants itself mapped; anything else there is a conflict, found in the tables. */
    @Test
    public void msi04AMappingWhereADeviceReservesIsADriversConflict() {
        platform.machines.bind(new AlteredSource(platform.synthetic, ConflictTest::reserving));
        for (String backend : Platform.TRANSLATING) {
            Machine machine = platform.machines.open("altered:" + backend, "altered", false, Progress.NONE);
            AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
            space.attach(Platform.NIC, TranslationRequest.NO_PASID);
            space.map(RESERVED.start(), RESERVED.start(), RESERVED.size(), READ_WRITE, RangeKind.DIRECT);
            space.map(RESERVED.last() + 1, 0x4000_0000L, 0x1000, READ_WRITE);
            assertEquals(backend, List.of(), find(machine, Mode.DRIVER));
            space.unmap(RESERVED.start(), RESERVED.size());
            space.map(RESERVED.start(), 0x4000_3000L, RESERVED.size(), READ_WRITE, RangeKind.DIRECT);
            assertEquals(backend, List.of(new Conflict(Mode.DRIVER, Platform.NIC, RESERVED, "direct", "sysfs",
                    "mapping " + RESERVED + " to 0x40003000")), find(machine, Mode.DRIVER));
            platform.machines.close("altered");
        }
    }

    private static MachineDescription reserving(MachineDescription d) {
        List<GroupDescription> groups = d.groups().stream().map(g -> g.devices().contains(Platform.NIC)
                ? new GroupDescription(g.id(), g.type(), g.devices(), List.of(new ReservedRange(RESERVED, "direct"))) : g).toList();
        return new MachineDescription(d.name(), d.architecture(), d.ram(), d.units(), d.devices(), groups, d.interruptControllers(), d.firmware(),
                d.extra());
    }
}
