// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.InterruptController;

/** State that the device's own rules would have refused, and mappings that give too much. */
public class VerificationTest {
    private static final long DATA = 0x18_0000;

    private static Rig with(Map<String, Object> mapping) {
        return new Rig().domain(1, false, mapping).endpoint(1, 1, Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi"));
    }

    @Test
    public void rightStateHasNoDefect() {
        assertEquals(List.of(), with(Rig.mapping(0x1000, 0x1fff, DATA, 3)).endpoint(2, 1).defects());
    }

    @Test
    public void aDefectCarriesTheRequestThatMakesIt() {
        Defect defect = with(Rig.mapping(0x1800, 0x1fff, DATA, 3)).verify(null).get(0);
        assertEquals("mapping-misaligned", defect.defect());
        byte[] request = RequestReplay.encode(new Request.Map(1, 0x1800, 0x1fff, DATA, 3));
        assertEquals(3L | 1L << 32, (long) defect.entry().get(0));
        assertEquals((request.length + 7) / 8, defect.entry().size());
        assertEquals(0x1800, (long) defect.entry().get(1));
    }

    @Test
    public void mappingsAgainstTheRulesAreFound() {
        assertEquals(List.of("mapping-misaligned"), with(Rig.mapping(0x1000, 0x17ff, DATA, 3)).defects());
        assertEquals(List.of("mapping-beyond-range"), with(Rig.mapping(1L << 48, (1L << 48) + 0xfff, DATA, 3)).defects());
        assertEquals(List.of("reserved-bit"), with(Rig.mapping(0x1000, 0x1fff, DATA, 0x13)).defects());
        assertEquals(List.of("iova-in-interrupt-window"), with(Rig.mapping(0xfee0_0000L, 0xfee0_0fffL, DATA, 3)).defects());
        assertEquals(List.of("leaf-outside-ram"), with(Rig.mapping(0x1000, 0x1fff, 0x4000_0000L, 3)).defects());
        Rig overlap = new Rig().domain(1, false, Rig.mapping(0x1000, 0x2fff, DATA, 3), Rig.mapping(0x2000, 0x3fff, DATA, 3)).endpoint(1, 1);
        assertEquals(List.of("mapping-overlap"), overlap.defects());
        Rig reserved = new Rig().domain(1, false, Rig.mapping(0x1000, 0x2fff, DATA, 3)).endpoint(1, 1).endpoint(2, 1, Rig.region(0x2000, 0x2fff, "reserved"));
        assertEquals(List.of("iova-in-reserved-region"), reserved.defects());
    }

    @Test
    public void domainsAndEndpointsAreJudgedTogether() {
        assertEquals(List.of("domain-orphan"), new Rig().domain(1, false).defects());
        assertEquals(List.of("domain-missing"), new Rig().endpoint(1, 4).defects());
        assertEquals(List.of("domain-twice"), new Rig().domain(1, false).domain(1, true).endpoint(1, 1).defects());
        assertEquals(List.of("endpoint-twice"), new Rig().domain(1, false).endpoint(1, 1).endpoint(1, null).defects());
        assertEquals(List.of("domain-beyond-range"), new Rig().domain(1001, false).endpoint(1, 1001).defects());
        assertEquals(List.of("bypass-with-mappings"), new Rig().domain(1, true, Rig.mapping(0, 0xfff, DATA, 1)).endpoint(1, 1).defects());
        assertEquals(List.of("message-windows"), new Rig().endpoint(1, null, Rig.region(0, 0xfff, "msi"), Rig.region(0x1000, 0x1fff, "msi")).defects());
        assertEquals(List.of("region-overlap"), new Rig().endpoint(1, null, Rig.region(0, 0xfff, "msi"), Rig.region(0xf00, 0x1fff, "reserved")).defects());
    }

    @Test
    public void doorbellsAreGrantedOnlyWhereTheyAreNeeded() {
        InterruptController its = new InterruptController("gicv3-its", AddressRange.ofSize(0x809_0040, 4), -1, Attributes.EMPTY);
        Rig window = with(Rig.mapping(0x1000, 0x1fff, 0x809_0000, 6));
        window.controllers.add(its);
        assertEquals(List.of("doorbell-grant"), window.defects());
        Rig none = new Rig().domain(1, false, Rig.mapping(0x1000, 0x1fff, 0x809_0000, 6)).endpoint(1, 1);
        none.controllers.add(its);
        assertEquals("without a message window the driver has to map it", List.of(), none.defects());
        Rig memory = new Rig().domain(1, false, Rig.mapping(0x1000, 0x1fff, 0x809_0000, 3)).endpoint(1, 1);
        memory.controllers.add(its);
        assertEquals(List.of("doorbell-grant"), memory.defects());
    }

    @Test
    public void aDeviceMustNotWriteTheUnitsQueues() {
        Rig rig = with(Rig.mapping(0x1000, 0x1fff, 0x10_0000, 3));
        rig.attributes.put("virtqueues", List.of(Map.of("index", 0, "size", 16, "desc", "0x100000", "avail", "0x101000", "used", "0x102000")));
        assertEquals(List.of("leaf-on-queue"), rig.defects());
        Rig readable = with(Rig.mapping(0x1000, 0x1fff, 0x10_0000, 1));
        readable.attributes.put("virtqueues", rig.attributes.get("virtqueues"));
        assertEquals(List.of(), readable.defects());
    }

    @Test
    public void oneDeviceCanBeAskedAlone() {
        Rig rig = new Rig().domain(1, false, Rig.mapping(0x1800, 0x1fff, DATA, 3)).domain(2, false, Rig.mapping(0x1800, 0x1fff, DATA, 3))
                .endpoint(1, 1).endpoint(2, 2);
        assertEquals(2, rig.verify(null).size());
        List<Defect> one = rig.verify(DeviceId.stream(2));
        assertEquals(1, one.size());
        assertEquals(DeviceId.stream(2), one.get(0).device());
    }
}
