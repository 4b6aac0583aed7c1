// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.FaultRecord;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.virtio.inspect.VirtioInspector;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.DeviceState;
import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.spi.DefectSink;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Captures;
import org.sluice.testkit.ExpectedTranslations;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** The devices of two machines as QEMU kept them, and all requests that Linux made of them. */
@RunWith(Parameterized.class)
public class CaptureTest {
    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.VIRTIO;
    }

    private final String name;
    private final OpenedMachine machine;
    private final UnitContext unit;
    private final VirtioInspector inspector;

    public CaptureTest(String name) {
        this.name = name;
        machine = new CaptureSource().open(Captures.path(name).toString(), Progress.NONE);
        UnitDescription description = machine.description().units().get(0);
        unit = new UnitContext(machine.description(), description, machine.memory(), machine.registers(description));
        inspector = new VirtioInspector(unit);
    }

    @Test
    public void everyRowAgrees() {
        int[] agreed = new int[1];
        List<String> wrong = ExpectedTranslations.disagreements(name, inspector, agreed);
        assertTrue(String.join("\n", wrong), wrong.isEmpty());
        assertTrue("rows: " + agreed[0], agreed[0] > 500);
    }

    @Test
    public void theModelGivesTheInspectorsAnswers() {
        VirtioModel model = new VirtioModel(unit);
        for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
            DeviceId device = DeviceId.parse(row.text("device").orElseThrow());
            int endpoint = (int) machine.description().device(device).orElseThrow().requesterId();
            long iova = row.number("iova").orElseThrow();
            long told = model.translate(endpoint, TranslationRequest.NO_PASID, iova, Access.parse(row.text("access").orElseThrow()).permission());
            long expected = row.number("output").orElse(-1L - row.architecture("fault_code").map(Long::decode).orElse(0L));
            assertEquals(row.toString(), expected, told == VirtioModel.PASS_THROUGH ? iova : told);
        }
    }

    @Test
    public void replayingTheRequestsGivesTheDomains() {
        DescribedState described = new DescribedState(unit);
        DeviceState state = new DeviceState(described.state().config(), Limits.NONE);
        described.state().endpoints().forEach(e -> state.add(new Endpoint(e.id(), e.device(), e.regions())));
        RequestReplay replay = new RequestReplay(state);
        int served = 0;
        for (Row row : TsvRows.ofCapture(name, "requests.tsv")) {
            Request request = request(row);
            if (request != null) {
                byte[] answer = replay.serve(RequestReplay.encode(request), 4);
                assertEquals(row.toString(), Status.OK.code(), answer[0]);
                served++;
            }
        }
        assertTrue("served " + served, served > 3000);
        assertEquals(described.state().domains().stream().map(CaptureTest::text).toList(), state.domains().stream().map(CaptureTest::text).toList());
    }

    /** The guest's requests once more, through rings: the device translates as it did at the dump. */
    @Test
    public void sendingTheRequestsThroughRingsGivesTheTranslations() {
        DescribedState described = new DescribedState(unit);
        Rig rig = new Rig();
        rig.endpoints.addAll(described.state().endpoints().stream().map(CaptureTest::described).toList());
        Map<String, Object> all = new HashMap<>();
        all.put("start", "0x0");
        all.put("last", "0xffffffffffffffff");
        rig.attributes.put("config", Map.of("pageSizeMask", "0xfffffffffffff000", "inputRange", all, "probeSize", 512, "bypass", 0));
        Bench bench = new Bench(rig).start();
        for (Row row : TsvRows.ofCapture(name, "requests.tsv")) {
            Request request = request(row);
            if (request != null) {
                assertEquals(row.toString(), Status.OK.code(), bench.send(RequestReplay.encode(request), 4));
            }
        }
        VirtioModel then = new VirtioModel(unit);
        for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
            DeviceId device = DeviceId.parse(row.text("device").orElseThrow());
            int endpoint = (int) machine.description().device(device).orElseThrow().requesterId();
            long iova = row.number("iova").orElseThrow();
            int permission = Access.parse(row.text("access").orElseThrow()).permission();
            long expected = then.translate(endpoint, TranslationRequest.NO_PASID, iova, permission);
            if (described.state().endpoint(endpoint) != null && described.state().endpoint(endpoint).domain() != null) {
                assertEquals(row.toString(), expected, bench.model.translate(endpoint, TranslationRequest.NO_PASID, iova, permission));
            }
        }
    }

    static Map<String, Object> described(Endpoint endpoint) {
        Map<String, Object> map = new HashMap<>();
        map.put("id", endpoint.id());
        map.put("domain", null);
        map.put("reservedRegions", endpoint.regions().stream()
                .map(r -> Rig.region(r.range().start(), r.range().last(), r.msi() ? "msi" : "reserved")).toList());
        return map;
    }

    /** Null for what the device did by itself: detaching for a later ATTACH, dropping empty domains. */
    static byte[] encoded(Row row) {
        Request request = request(row);
        return request == null ? null : RequestReplay.encode(request);
    }

    private static Request request(Row row) {
        long domain = row.number("domain").orElse(0);
        boolean effect = row.text("note").orElse("").startsWith("effect of");
        return switch (row.text("request").orElseThrow()) {
            case "ATTACH" -> new Request.Attach(domain, row.number("endpoint").orElseThrow(), (int) row.number("flags").orElse(0), 0);
            case "DETACH" -> effect ? null : new Request.Detach(domain, row.number("endpoint").orElseThrow());
            case "MAP" -> new Request.Map(domain, row.number("start").orElseThrow(), row.number("last").orElseThrow(),
                    row.number("phys").orElseThrow(), (int) row.number("flags").orElseThrow());
            case "UNMAP" -> new Request.Unmap(domain, row.number("start").orElseThrow(), row.number("last").orElseThrow(), 0);
            case "FREE" -> null;
            default -> throw new AssertionError(row);
        };
    }

    private static String text(Domain domain) {
        StringBuilder text = new StringBuilder("domain " + domain.id() + domain.endpoints().stream().map(Endpoint::id).sorted().toList());
        IntervalMap m = domain.mappings();
        for (long at = m.first(); at != IntervalMap.NONE; at = m.next(at)) {
            text.append('\n').append(Long.toHexString(m.start(at))).append('-').append(Long.toHexString(m.last(at))).append(' ')
                    .append(Long.toHexString(m.output(at))).append(' ').append(m.flags(at));
        }
        return text.toString();
    }

    @Test
    public void untouchedStateHasNoDefect() {
        List<Defect> defects = new ArrayList<>();
        inspector.verify(null, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                defects.add(defect);
            }

            @Override
            public void unknown(long address) {
                throw new AssertionError("not in the image: " + Long.toHexString(address));
            }

            @Override
            public void looked(long entries) {
                assertTrue(entries > 0);
            }
        });
        assertEquals(List.of(), defects);
    }

    @Test
    public void reportedFaultsAreReadFromTheEventQueue() {
        List<FaultRecord> faults = inspector.faults();
        assertEquals(name.endsWith("x86") ? 83 : 192, faults.size());
        // On x86 a disk that the firmware had used faults once, before its driver takes over; the rest is provoked.
        List<String> devices = faults.stream().map(f -> f.device().toString()).distinct().sorted().toList();
        assertEquals(name.endsWith("x86") ? List.of("0000:00:06.0", "0000:00:07.0") : List.of("0000:00:07.0"), devices);
        faults.forEach(f -> assertEquals("MAPPING", f.fault().name()));
        FaultRecord newest = faults.get(faults.size() - 1);
        assertEquals(name.endsWith("x86") ? 0x1000000000004L : 0xffff80000000103cL, newest.iova());
        assertEquals(faults.size(), inspector.queues().size());
        assertNotNull(inspector.queues().get(0).fields());
    }

    /** On x86 VIOT says which functions the unit serves; on Arm only the device tree would, and the description. */
    @Test
    public void devicesThatNobodyListsHaveTheirIdFromFirmware() {
        DescribedState described = new DescribedState(unit);
        long expected = name.endsWith("x86") ? 0x233 : -1;
        assertEquals(expected, (long) described.idOf(DeviceId.parse("0000:02:06.3")).orElse(-1L));
        assertEquals("beyond the range of VIOT", -1, (long) described.idOf(DeviceId.parse("0000:03:06.3")).orElse(-1L));
        assertEquals(0x44, (long) described.idOf(DeviceId.parse("sid:0x44")).orElseThrow());
    }

    @Test
    public void contextsAreTheEndpointsWithTheirDomains() {
        List<String> told = new ArrayList<>();
        inspector.contexts(c -> told.add(c.device() + " " + c.domain() + " " + c.tableKind()));
        List<String> expected = new ArrayList<>();
        machine.description().extra().children("requesters").forEach(r ->
                expected.add(r.text("device").orElseThrow() + " " + r.number("domain").orElseThrow() + " " + r.text("tableKind").orElseThrow()));
        assertEquals(expected.stream().sorted().toList(), told);
    }
}
