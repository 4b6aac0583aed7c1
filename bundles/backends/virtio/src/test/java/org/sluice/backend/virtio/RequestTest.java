// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.HexFormat;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.backend.virtio.state.DeviceState;
import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.Request.Attach;
import org.sluice.backend.virtio.state.Request.Detach;
import org.sluice.backend.virtio.state.Request.Map;
import org.sluice.backend.virtio.state.Request.Probe;
import org.sluice.backend.virtio.state.Request.Unmap;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.machine.AddressRange;

/** Every request with every status of the specification, and the worked examples of the fact sheet as bytes. */
public class RequestTest {
    private static final AddressRange MSI = new AddressRange(0xfee0_0000L, 0xfeef_ffffL);
    private DeviceState state;
    private RequestReplay replay;

    public RequestTest() {
        start(DeviceConfig.FULL, Limits.NONE);
    }

    private void start(DeviceConfig config, Limits limits) {
        state = new DeviceState(config, limits);
        state.add(new Endpoint(0x18, null, List.of()));
        state.add(new Endpoint(0x20, null, List.of(new Endpoint.Region(MSI, true))));
        replay = new RequestReplay(state);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private int bytes(String request) {
        byte[] written = replay.serve(hex(request), 4);
        assertEquals(4, written.length);
        assertEquals("reserved bytes of the tail are zero", 0, written[1] | written[2] | written[3]);
        return written[0];
    }

    private Status map(long start, long last) {
        return replay.serve(new Map(1, start, last, 0x100_0000, 3));
    }

    private Status unmap(long start, long last) {
        return replay.serve(new Unmap(1, start, last, 0));
    }

    @Test
    public void workedExamplesAsBytes() {
        assertEquals(0, bytes("01 00 00 00 01 00 00 00 18 00 00 00 00 00 00 00 00 00 00 00"));
        assertEquals(0, bytes("03000000 01000000 0010000000000000 FF1F000000000000 00A0000000000000 01000000"));
        assertEquals("no granule", 5, bytes("03000000 01000000 0030000000000000 FF37000000000000 00A0000000000000 01000000"));
        assertEquals("again", 4, bytes("03000000 01000000 0010000000000000 FF1F000000000000 00A0000000000000 01000000"));
        assertEquals("unknown flag", 4, bytes("03000000 01000000 0030000000000000 FF3F000000000000 00A0000000000000 08000000"));
        assertEquals(0, bytes("04000000 01000000 0000000000000000 FFFF000000000000 00000000"));
        assertEquals(0, state.domain(1).mappings().size());
        assertEquals("no such domain", 6, bytes("04000000 07000000 0000000000000000 FFFF000000000000 00000000"));
    }

    @Test
    public void workedExampleOfAProbe() {
        byte[] written = replay.serve(hex("05000000 20000000" + "00".repeat(64)), 512 + 4);
        byte[] expected = new byte[516];
        byte[] property = hex("0100 1400 01 000000 0000E0FE00000000 FFFFEFFE00000000");
        System.arraycopy(property, 0, expected, 0, property.length);
        assertArrayEquals(expected, written);
        assertEquals(Status.OK, replay.serve(new Probe(0x20)));
    }

    @Test
    public void aProbeThatCannotBeAnsweredSaysWhyAtTheTail() {
        byte[] unknown = replay.serve(hex("05000000 99000000" + "00".repeat(64)), 516);
        assertEquals(516, unknown.length);
        assertEquals(Status.NOENT.code(), unknown[512]);
        assertEquals("too little room for properties", Status.INVAL.code(), replay.serve(hex("05000000 20000000" + "00".repeat(64)), 515)[0]);
        DeviceConfig c = DeviceConfig.FULL;
        start(new DeviceConfig(c.features(), c.pageSizeMask(), c.inputRange(), c.domains(), 20L, 0L), Limits.NONE);
        assertEquals("properties do not fit", Status.INVAL, replay.serve(new Probe(0x20)));
    }

    @Test
    public void sequencesOfTheSpecification() {
        replay.serve(new Attach(1, 0x18, 0, 0));
        DeviceConfig c = DeviceConfig.FULL;
        start(new DeviceConfig(c.features(), -1L, c.inputRange(), c.domains(), 512L, 0L), Limits.NONE);
        replay.serve(new Attach(1, 0x18, 0, 0));
        assertEquals("unmap of nothing", Status.OK, unmap(0, 4));
        map(0, 9);
        assertEquals("cut", Status.RANGE, unmap(0, 4));
        assertEquals(1, state.domain(1).mappings().size());
        assertEquals(Status.OK, unmap(0, 9));
        map(0, 4);
        map(5, 9);
        assertEquals(Status.OK, unmap(0, 9));
        assertEquals(0, state.domain(1).mappings().size());
        map(0, 4);
        assertEquals("more than is mapped", Status.OK, unmap(0, 9));
        map(0, 4);
        map(10, 14);
        assertEquals("with a gap", Status.OK, unmap(0, 14));
        map(0, 4);
        map(10, 14);
        assertEquals("cut at the end", Status.RANGE, unmap(0, 12));
        assertEquals("nothing is removed", 2, state.domain(1).mappings().size());
    }

    @Test
    public void invalidParametersAreRefused() {
        assertEquals(Status.INVAL, replay.serve(new Attach(1, 0x18, 0, 1)));
        assertEquals(Status.INVAL, replay.serve(new Attach(1, 0x18, 2, 0)));
        replay.serve(new Attach(1, 0x18, 0, 0));
        assertEquals("other kind of domain", Status.INVAL, replay.serve(new Attach(1, 0x20, Attach.BYPASS, 0)));
        assertNull(state.endpoint(0x20).domain());
        assertEquals("another domain", Status.INVAL, replay.serve(new Detach(2, 0x18)));
        assertEquals("not attached", Status.INVAL, replay.serve(new Detach(1, 0x20)));
        replay.serve(new Attach(2, 0x20, Attach.BYPASS, 0));
        assertEquals(Status.INVAL, replay.serve(new Map(2, 0, 4095, 0, 3)));
        assertEquals(Status.INVAL, replay.serve(new Unmap(2, 0, 4095, 0)));
        assertEquals(Status.INVAL, replay.serve(new Unmap(1, 0, 4095, 1)));
        assertEquals("ends before it starts", Status.INVAL, map(0x2000, 0x1fff));
        assertEquals(Status.OK, map(0x1000, 0x2fff));
        assertEquals(Status.INVAL, map(0x2000, 0x2fff));
        assertEquals(Status.INVAL, map(0, 0xffff));
        replay.serve(new Attach(1, 0x20, 0, 0));
        assertEquals("message window", Status.INVAL, map(0xfee0_0000L, 0xfee0_0fffL));
        assertEquals("short request", 4, bytes("01 00 00 00 01 00 00 00 18 00 00 00"));
    }

    @Test
    public void parametersOutOfRangeAreRefused() {
        DeviceConfig c = DeviceConfig.FULL;
        start(new DeviceConfig(c.features(), c.pageSizeMask(), new AddressRange(0x1000, 0xffff), new AddressRange(1, 5), 512L, 0L), Limits.NONE);
        assertEquals(Status.RANGE, replay.serve(new Attach(0, 0x18, 0, 0)));
        assertEquals(Status.RANGE, replay.serve(new Attach(6, 0x18, 0, 0)));
        assertEquals(Status.OK, replay.serve(new Attach(1, 0x18, 0, 0)));
        assertEquals(Status.RANGE, map(0, 0xfff));
        assertEquals(Status.RANGE, map(0xf000, 0x10fff));
        assertEquals(Status.RANGE, map(0x1800, 0x1fff));
        assertEquals(Status.RANGE, map(0x1000, 0x17ff));
        assertEquals(Status.RANGE, replay.serve(new Map(1, 0x1000, 0x1fff, 0x800, 3)));
        assertEquals(Status.OK, map(0x1000, 0xffff));
    }

    @Test
    public void unknownEndpointsAndDomainsAreNotFound() {
        assertEquals(Status.NOENT, replay.serve(new Attach(1, 0x99, 0, 0)));
        assertEquals(Status.NOENT, replay.serve(new Detach(1, 0x99)));
        assertEquals(Status.NOENT, map(0, 4095));
        assertEquals(Status.NOENT, unmap(0, 4095));
        assertEquals(Status.NOENT, replay.serve(new Probe(0x99)));
    }

    @Test
    public void absentFeaturesAreUnsupported() {
        DeviceConfig c = DeviceConfig.FULL;
        start(new DeviceConfig(0L, c.pageSizeMask(), c.inputRange(), c.domains(), 512L, 0L), Limits.NONE);
        assertEquals(Status.OK, replay.serve(new Attach(1, 0x18, 0, 0)));
        assertEquals(Status.UNSUPP, map(0, 4095));
        assertEquals(Status.UNSUPP, unmap(0, 4095));
        assertEquals(Status.UNSUPP, replay.serve(new Probe(0x18)));
        assertEquals("the bypass flag does not exist", Status.INVAL, replay.serve(new Attach(2, 0x20, Attach.BYPASS, 0)));
        start(new DeviceConfig(4L, c.pageSizeMask(), c.inputRange(), c.domains(), 512L, 0L), Limits.NONE);
        replay.serve(new Attach(1, 0x18, 0, 0));
        assertEquals("the MMIO flag does not exist", Status.INVAL, replay.serve(new Map(1, 0, 4095, 0, 7)));
    }

    @Test
    public void attachThatWouldBreakMappingsIsUnsupported() {
        replay.serve(new Attach(1, 0x18, 0, 0));
        assertEquals(Status.OK, map(0xfee0_0000L, 0xfee0_0fffL));
        assertEquals(Status.UNSUPP, replay.serve(new Attach(1, 0x20, 0, 0)));
        assertNull(state.endpoint(0x20).domain());
    }

    @Test
    public void outputsThatWrapAreBadAddresses() {
        replay.serve(new Attach(1, 0x18, 0, 0));
        assertEquals(Status.FAULT, replay.serve(new Map(1, 0x1000, 0x2fff, -4096, 3)));
        assertEquals(Status.OK, replay.serve(new Map(1, 0x1000, 0x1fff, -4096, 3)));
    }

    @Test
    public void aFullDeviceHasNoMemory() {
        start(DeviceConfig.FULL, new Limits(1, 2));
        assertEquals(Status.OK, replay.serve(new Attach(1, 0x18, 0, 0)));
        assertEquals(Status.NOMEM, replay.serve(new Attach(2, 0x20, 0, 0)));
        assertEquals(Status.OK, map(0, 4095));
        assertEquals(Status.OK, map(4096, 8191));
        assertEquals(Status.NOMEM, map(8192, 12287));
        assertEquals(Status.OK, unmap(0, 4095));
        assertEquals(Status.OK, map(8192, 12287));
        assertEquals("the only domain goes as its last endpoint leaves", Status.OK, replay.serve(new Attach(2, 0x18, 0, 0)));
        assertNull(state.domain(1));
        assertEquals(Status.OK, replay.serve(new Map(2, 0, 4095, 0, 1)));
    }

    @Test
    public void domainsLiveAsLongAsTheirEndpoints() {
        replay.serve(new Attach(1, 0x18, 0, 0));
        replay.serve(new Attach(1, 0x20, 0, 0));
        replay.serve(new Attach(1, 0x20, 0, 0));
        map(0, 4095);
        assertEquals(2, state.domain(1).endpoints().size());
        assertEquals("another domain detaches first", Status.OK, replay.serve(new Attach(2, 0x18, 0, 0)));
        assertEquals(1, state.domain(1).mappings().size());
        assertEquals(Status.OK, replay.serve(new Detach(1, 0x20)));
        assertNull(state.domain(1));
        replay.serve(new Attach(1, 0x20, 0, 0));
        assertEquals("a new domain is empty", 0, state.domain(1).mappings().size());
        state.writeBypass(1);
        state.writeBypass(2);
        state.reset();
        assertTrue(state.domains().isEmpty());
        assertNull(state.endpoint(0x18).domain());
        assertEquals("bypass survives a reset", Long.valueOf(1), state.config().bypass());
    }

    @Test
    public void buffersThatAreNoRequests() {
        assertEquals("unknown type", 0, replay.serve(hex("06000000 01000000"), 4).length);
        assertEquals("no room for a tail", 0, replay.serve(hex("01000000 01000000 18000000 00000000 00000000"), 3).length);
        assertNull(state.endpoint(0x18).domain());
        assertEquals(Status.IOERR.code(), replay.serve(hex("0100"), 4)[0]);
    }

    @Test
    public void whatIsEncodedIsDecoded() {
        for (var request : List.of(new Attach(0xffff_ffffL, 0x8000_0018L, 1, 0), new Detach(7, 0xffff_fff0L), new Map(3, -8192, -4097, 1L << 51, 5),
                new Unmap(9, 0, -1, 0), new Probe(0xffff_ffffL))) {
            assertEquals(request, RequestReplay.decode(RequestReplay.encode(request)));
        }
    }
}
