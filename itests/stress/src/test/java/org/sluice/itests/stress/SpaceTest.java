// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Placement;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.testkit.Seed;

/** One address space under each backend: what it says is what devices meet. */
public class SpaceTest extends SpaceUnderBackend {
    /** Operations of a random history. */
    private static final int HISTORY = Integer.getInteger("sluice.history", 20_000);

    private long base;

    @Before
    public void chooseBase() {
        AddressRange widest = space.usable().stream().max((a, b) -> Long.compareUnsigned(a.size() - 1, b.size() - 1)).orElseThrow();
        base = widest.start() + (1L << 22) - 1 & -(1L << 22);
    }

    @Test
    public void payloadsLandWhereTheSpaceSaysAndNowhereElse() {
        space.map(base, ram + 0x10000, 2 * PAGE, READ_WRITE);
        byte[] data = {1, 2, 3, 4, 5, 6, 7, 8};
        assertEquals(DmaPort.OK, nic.write(base + PAGE - 4, data, 0, 8));
        assertEquals(0x04030201_00000000L, machine.memory().readLong(ram + 0x10000 + PAGE - 8));
        byte[] back = new byte[8];
        assertEquals(DmaPort.OK, nic.read(base + PAGE - 4, back, 0, 8));
        assertArrayEquals(data, back);
        assertTrue("past the end", nic.write(base + 2 * PAGE - 4, data, 0, 8) < 0);
        assertEquals(PAGE * 2, space.unmap(base, 2 * PAGE));
        assertTrue("after unmap", nic.read(base, back, 0, 8) < 0);
        assertTrue("another device", platform.port(machine, Platform.ENGINE).read(base, back, 0, 8) < 0);
    }

    /** MSI-01: two owners, the second refused with both, the range and the overlap; nothing changed. */
    @Test
    public void theSecondOwnerIsRefusedWithBothAndTheOverlap() {
        space.map(base, ram, 4 * PAGE, READ_WRITE);
        RefusedException e = assertThrows(RefusedException.class, () -> space.map(base + 3 * PAGE, ram, 2 * PAGE, READ_WRITE));
        Refusal refusal = e.refusals().get(0);
        assertEquals(Rule.OVERLAP, refusal.rule());
        assertEquals(new AddressRange(base + 3 * PAGE, base + 4 * PAGE - 1), refusal.range());
        assertEquals(new AddressRange(base + 3 * PAGE, base + 5 * PAGE - 1), refusal.asked().range());
        assertEquals(new AddressRange(base, base + 4 * PAGE - 1), refusal.present().range());
        assertFalse(refusal.waysOut().isEmpty());
        assertEquals(1, space.info().mappings());
        assertTrue(nic.translate(base + 4 * PAGE, READ) < 0);
    }

    @Test
    public void aSpaceHasANameThatCanBeTyped() {
        assertThrows(IommuException.class, () -> platform.spaces.create(machine, SpaceOptions.named("")));
        assertThrows(IommuException.class, () -> platform.spaces.create(machine, SpaceOptions.named("a\u001b[2Jb")));
        assertEquals(1, platform.spaces.list(machine).size());
    }

    /** MSI-05: who reads the usable ranges and maps inside them is never refused; outside always. */
    @Test
    public void whatIsUsableCanBeMappedAndWhatIsOwnedCannot() {
        for (AddressRange usable : space.usable()) {
            if (usable.size() >= PAGE || usable.size() == 0) {
                space.map(usable.start(), ram, PAGE, READ_WRITE);
                long last = usable.last() - (PAGE - 1);
                if (last != usable.start()) {
                    space.map(last, ram + PAGE, PAGE, READ_WRITE);
                    assertEquals(ram + PAGE + 5, nic.translate(last + 5, READ));
                }
                assertEquals(ram + 5, nic.translate(usable.start() + 5, READ));
            }
        }
        for (OwnedRange owned : space.owned()) {
            assertThrows(owned.toString(), RefusedException.class, () -> space.map(owned.range().start() & -PAGE, ram, PAGE, READ_WRITE));
        }
    }

    /** MSI-10: a device whose reserved range meets a mapping is refused before anything changes, and attaches once it is gone. */
    @Test
    public void aDeviceWhoseReservedRangeIsMappedIsRefused() {
        List<OwnedRange> owned = space.owned();
        if (owned.isEmpty()) {
            return;
        }
        space.detach(Platform.NIC, NO_PASID);
        long at = owned.get(0).range().start() & -PAGE;
        space.map(at, ram, PAGE, READ_WRITE);
        RefusedException e = assertThrows(RefusedException.class, () -> space.attach(Platform.NIC, NO_PASID));
        assertTrue(e.getMessage(), e.refusals().get(0).present() != null && e.refusals().get(0).waysOut().size() == 3);
        assertEquals(List.of(), space.attachments());
        space.unmap(at, PAGE);
        space.attach(Platform.NIC, NO_PASID);
        assertEquals(1, space.attachments().size());
    }

    @Test
    public void changesAreAllOrNothing() {
        space.map(base, ram, PAGE, READ_WRITE);
        RefusedException e = assertThrows(RefusedException.class, () -> space.change(List.of(Change.unmap(base, PAGE),
                Change.map(base + PAGE, ram, PAGE, READ_WRITE), Change.map(base + PAGE, ram, PAGE, READ_WRITE))));
        assertEquals(Rule.OVERLAP, e.rule());
        assertEquals(ram, nic.translate(base, READ));
        assertTrue(nic.translate(base + PAGE, READ) < 0);
        assertEquals(1, space.info().mappings());
    }

    @Test
    public void placementIsDeterministicAndHonoursWindows() {
        List<Long> first = new ArrayList<>();
        AddressSpace other = platform.spaces.create(platform.open(backend), SpaceOptions.named("t"));
        other.attach(Platform.NIC, NO_PASID);
        Placement window = new Placement(new AddressRange(base, base + (1L << 21) - 1), 0);
        for (int i = 0; i < 20; i++) {
            first.add(space.place(ram + i * PAGE, PAGE << i % 3, READ_WRITE, window));
            assertEquals(first.get(i), (Long) other.place(ram + i * PAGE, PAGE << i % 3, READ_WRITE, window));
            assertTrue(window.window().contains(first.get(i)));
            assertEquals(0, first.get(i) % (PAGE << i % 3));
        }
        assertThrows(RefusedException.class, () -> space.place(ram, 1L << 21, READ_WRITE, window));
    }

    /** Also a space that has chosen addresses before: what was refused takes none. */
    @Test
    public void aPlacementThatIsRefusedTakesNothing() {
        Placement window = new Placement(new AddressRange(base, base + 8 * PAGE - 1), 0);
        assertEquals(base, space.place(ram, PAGE, READ_WRITE, window));
        space.map(base + 2 * PAGE, ram, PAGE, READ_WRITE);
        assertThrows(RefusedException.class, () -> space.place(ram, 8 * PAGE, READ_WRITE, window));
        assertThrows(RefusedException.class, () -> space.place(ram + 5, PAGE, READ_WRITE, window));
        assertThrows(RefusedException.class, () -> space.place(ram, 100, READ_WRITE, window));
        assertThrows(RefusedException.class, () -> space.place(ram, 0, READ_WRITE, window));
        assertThrows(RefusedException.class, () -> space.place(ram, PAGE, READ_WRITE, new Placement(window.window(), 3 * PAGE)));
        assertEquals(2, space.info().mappings());
        assertEquals(base + PAGE, space.place(ram, PAGE, READ_WRITE, window));
        assertEquals(base + 3 * PAGE, space.place(ram, PAGE, READ_WRITE, window));
        assertEquals(PAGE, space.cut(base + PAGE, PAGE));
        assertEquals(base + PAGE, space.place(ram, PAGE, READ_WRITE, window));
    }

    @Test
    public void aMoveToAnotherSpaceIsSeenByTheNextAccess() {
        AddressSpace other = platform.spaces.create(machine, SpaceOptions.named("other"));
        space.map(base, ram, PAGE, READ_WRITE);
        other.map(base, ram + PAGE, PAGE, READ_WRITE);
        other.attach(Platform.NIC, NO_PASID);
        assertEquals(ram + PAGE, nic.translate(base, READ));
        assertEquals(List.of(), space.attachments());
        space.attach(Platform.NIC, NO_PASID);
        assertEquals(ram, nic.translate(base, WRITE));
        assertThrows(RefusedException.class, () -> platform.spaces.destroy(space));
        platform.spaces.destroy(other);
    }

    /** The inspector has never met the driver: what it dumps is what the space says. */
    @Test
    public void anInspectorReadsBackWhatTheSpaceSaysAfterARandomHistory() {
        Random random = Seed.random();
        AddressRange usable = space.usable().stream().filter(r -> r.contains(base)).findFirst().orElseThrow();
        int pages = (int) Math.min(4096, (usable.last() - base >>> 12) + 1);
        for (int i = 0; i < HISTORY; i++) {
            long at = base + random.nextInt(pages) * PAGE;
            long size = PAGE << (random.nextInt(8) == 0 ? random.nextInt(10) : 0);
            try {
                if (random.nextInt(3) > 0) {
                    space.map(at, ram + (random.nextInt(1 << 14) * PAGE & -size), size, READ_WRITE);
                } else {
                    space.unmap(at, size);
                }
            } catch (RefusedException e) {
                assertTrue(e.getMessage(), List.of(Rule.OVERLAP, Rule.NOT_FOUND, Rule.CUTS_MAPPING, Rule.APERTURE).contains(e.rule()));
            }
        }
        assertEquals(truth(), dump());
    }

    private List<String> truth() {
        List<String> pages = new ArrayList<>();
        space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> {
            add(pages, iova, last, output);
            return true;
        });
        return pages;
    }

    private List<String> dump() {
        List<String> pages = new ArrayList<>();
        platform.inspect.mappings(machine, Platform.NIC, NO_PASID, (what, done, total) -> { }, m -> add(pages, m.iova(), m.last(), m.output()));
        return pages;
    }

    private static void add(List<String> pages, long iova, long last, long output) {
        for (long i = 0; i <= last - iova; i += PAGE) {
            pages.add(Long.toHexString(iova + i) + ">" + Long.toHexString(output + i));
        }
    }
}
