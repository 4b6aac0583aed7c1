// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.virtio.inspect.VirtioInspector;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.spi.Inspector;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Captures;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/**
 * Everything that two devices did, done again by the model: each request through its rings in its turn, each faulting access where it came
 * between them. Every event has to be the recorded one, byte for byte and in order, and at the end all domains, endpoints and mappings
 * those of the dump.
 */
@RunWith(Parameterized.class)
public class CapturedEventsTest {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int ADDRESS = 0x100;
    private static final int EVENT_BYTES = 24;
    private static final long EVENT = Bench.REPLY + 0x800;

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.VIRTIO;
    }

    private final String name;
    private final UnitContext unit;

    public CapturedEventsTest(String name) {
        this.name = name;
        OpenedMachine machine = new CaptureSource().open(Captures.path(name).toString(), Progress.NONE);
        UnitDescription description = machine.description().units().get(0);
        unit = new UnitContext(machine.description(), description, machine.memory(), machine.registers(description));
    }

    /** The bytes of an event (Fault reporting): reason, flags, endpoint, address. */
    private static byte[] event(int reason, int flags, int endpoint, long address) {
        return ByteBuffer.allocate(EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(reason).putInt(flags).putInt(endpoint).putInt(0)
                .putLong(address).array();
    }

    private static byte[] event(Row row, int moreFlags) {
        return event((int) number(row, "reason"), (int) number(row, "flags") | moreFlags, (int) number(row, "endpoint"), number(row, "address"));
    }

    private static long number(Row row, String column) {
        return row.number(column).orElseThrow();
    }

    /** What QEMU's trace said of each fault is what lies in the event buffers of the image: every field, in order. */
    @Test
    public void theEventsOfTheImageAreThoseOfTheTrace() {
        List<Row> faults = TsvRows.ofCapture(name, "faults.tsv");
        List<QueueEntry> events = new VirtioInspector(unit).queues();
        assertEquals(faults.size(), events.size());
        for (int i = 0; i < faults.size(); i++) {
            ByteBuffer recorded = ByteBuffer.allocate(EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            events.get(i).words().forEach(recorded::putLong);
            assertArrayEquals(faults.get(i).toString(), event(faults.get(i), 0), recorded.array());
            assertEquals("in the order of the ring", i, events.get(i).index());
        }
    }

    @Test
    public void everyEventComesAgainAsRecordedAndEveryDomainIsThereAtTheEnd() {
        DescribedState described = new DescribedState(unit);
        Rig rig = new Rig();
        rig.endpoints.addAll(described.state().endpoints().stream().map(CaptureTest::described).toList());
        rig.attributes.put("config", config());
        Bench bench = new Bench(rig).start();
        EmulatorQuirks.inForce(unit.machine(), new VirtioBackend("test"), "virtio-fault-flags");
        List<Row> faults = TsvRows.ofCapture(name, "faults.tsv");
        int next = 0;
        for (Row row : TsvRows.ofCapture(name, "requests.tsv")) {
            byte[] request = CaptureTest.encoded(row);
            if (request != null) {
                assertEquals(row.toString(), Status.OK.code(), bench.send(request, 4));
            }
            while (next < faults.size() && number(faults.get(next), "after") == number(row, "order")) {
                fault(bench, faults.get(next++));
            }
        }
        assertEquals("all of them", faults.size(), next);
        assertEquals(atTheDump(), state(bench.model.inspector().orElseThrow()));
    }

    /**
     * QEMU tells READ or WRITE only where a mapping refused (quirk {@code virtio-fault-flags}); where nothing is mapped the trace does not
     * say which access it was, so that both have to give that event, with their own flag.
     */
    private static void fault(Bench bench, Row row) {
        int flags = (int) number(row, "flags");
        assertEquals("an event with an address", ADDRESS, flags & ~(READ | WRITE));
        if ((flags & (READ | WRITE)) != 0) {
            access(bench, row, flags & (READ | WRITE));
        } else {
            access(bench, row, READ);
            access(bench, row, WRITE);
        }
    }

    private static void access(Bench bench, Row row, int flag) {
        bench.offerEvent(EVENT, EVENT_BYTES);
        int permission = flag == WRITE ? Permissions.WRITE : Permissions.READ;
        long told = bench.model.translate((int) number(row, "endpoint"), TranslationRequest.NO_PASID, number(row, "address"), permission);
        assertEquals(row.toString(), -1 - number(row, "reason"), told);
        assertArrayEquals(row.toString(), event(row, flag), bench.read(EVENT, EVENT_BYTES));
        assertEquals("used length", EVENT_BYTES, bench.eventWritten());
    }

    private static Map<String, Object> config() {
        return Map.of("pageSizeMask", "0xfffffffffffff000", "inputRange", Map.of("start", "0x0", "last", "0xffffffffffffffff"), "probeSize", 512, "bypass", 0);
    }

    /** Endpoints with their domains, and all mappings, from machine.json itself, which QEMU's state at the dump was written to. */
    private List<String> atTheDump() {
        Map<Long, String> mappings = new HashMap<>();
        for (Attributes domain : unit.unit().attributes().children("domains")) {
            TreeSet<String> all = new TreeSet<>();
            domain.children("mappings").forEach(m -> all.add(mapping(m.number("start").orElseThrow(), m.number("last").orElseThrow(),
                    m.number("phys").orElseThrow(), m.number("flags").orElseThrow())));
            mappings.put(domain.number("id").orElseThrow(), all.toString());
        }
        List<String> list = new ArrayList<>();
        Set<Long> reached = new HashSet<>();
        for (Attributes endpoint : unit.unit().attributes().children("endpoints")) {
            endpoint.number("domain").ifPresent(d -> {
                list.add("endpoint " + Hex.of(endpoint.number("id").orElseThrow()) + " domain " + d + " " + mappings.get(d));
                reached.add(d);
            });
        }
        assertEquals("every domain has an endpoint, so that all are compared", mappings.keySet(), reached);
        assertTrue("endpoints that are attached: " + list.size(), list.size() > 5);
        return list.stream().sorted().toList();
    }

    private static String mapping(long start, long last, long output, long flags) {
        return Hex.of(start) + "-" + Hex.of(last) + " to " + Hex.of(output) + " " + flags;
    }

    /** The same of a device, as a reader finds it; permissions of the interface have the numbers of the flags. */
    private static List<String> state(Inspector inspector) {
        List<String> list = new ArrayList<>();
        inspector.contexts(context -> {
            if (context.state() == RequesterContext.State.TRANSLATED) {
                list.add("endpoint " + Hex.of(context.device().value()) + " domain " + context.domain() + " " + mappings(context));
            }
        });
        return list.stream().sorted().toList();
    }

    private static TreeSet<String> mappings(RequesterContext context) {
        TreeSet<String> all = new TreeSet<>();
        context.table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                assertEquals("", memoryType);
                return all.add(CapturedEventsTest.mapping(iova, last, output, permissions));
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("a device knows its mappings: " + Hex.of(iova));
            }
        });
        return all;
    }
}
