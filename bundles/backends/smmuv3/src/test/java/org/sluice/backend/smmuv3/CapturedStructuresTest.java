// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.testkit.Captures;

/** Requesters, mappings, queues, recorded faults, doorbells and defects of the three captures that Linux wrote. */
@RunWith(Parameterized.class)
public class CapturedStructuresTest {
    /** Records in the event queue, as the capture's own description counts them. */
    private static final Map<String, Integer> EVENTS = Map.of("smmuv3-4k-acpi", 176, "smmuv3-16k-dt", 176, "smmuv3-stage2", 80);

    private final String name;

    public CapturedStructuresTest(String name) {
        this.name = name;
    }

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.SMMUV3;
    }

    /** What the capture's own walker counted per requester. */
    @Test
    public void requestersAndTheirMappingsAreThoseThatWereCounted() {
        try (OpenCapture capture = new OpenCapture(name)) {
            Map<String, String> expected = new TreeMap<>();
            for (Attributes r : capture.machine.description().extra().children("requesters")) {
                Map<String, Long> perms = new TreeMap<>();
                r.child("perms").orElseThrow().keys().forEach(p -> perms.put(p, r.child("perms").orElseThrow().number(p).orElseThrow()));
                expected.put(r.text("device").orElseThrow(), r.text("tableKind").orElseThrow() + " " + r.number("levels").orElseThrow() + " "
                        + r.number("domain").orElseThrow() + " " + r.number("mappings").orElseThrow() + " " + r.number("mappedBytes").orElseThrow()
                        + " " + perms);
            }
            Map<String, String> told = new TreeMap<>();
            capture.inspector.contexts(c -> {
                if (c.state() == State.TRANSLATED) {
                    told.put(c.device().toString(), c.tableKind() + " " + c.levels() + " " + c.domain() + " " + count(c));
                } else {
                    assertEquals(c.text(), State.BLOCKED, c.state());
                }
            });
            assertEquals(expected, told);
        }
    }

    private static String count(RequesterContext context) {
        long[] sums = new long[2];
        Map<String, Long> perms = new TreeMap<>();
        context.table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                assertFalse(memoryType.isEmpty());
                sums[0]++;
                sums[1] += last - iova + 1;
                perms.merge(Permissions.text(permissions), 1L, Long::sum);
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("a table at " + tableAddress + " is missing");
            }
        });
        return sums[0] + " " + sums[1] + " " + perms;
    }

    @Test
    public void everyMappingTranslatesAsListed() {
        try (OpenCapture capture = new OpenCapture(name)) {
            capture.inspector.contexts(c -> {
                if (c.state() == State.TRANSLATED) {
                    c.table().visit(new MappingSink() {
                        @Override
                        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                            Access access = (permissions & Permissions.READ) != 0 ? Access.READ : Access.WRITE;
                            TranslationReport report = capture.inspector.translate(
                                    new TranslationRequest(c.device(), c.pasid(), last, access), false);
                            assertEquals(report.reason(), output + (last - iova), report.output());
                            assertEquals(last - iova + 1, report.pageSize());
                            assertEquals(permissions, report.permissions());
                            return true;
                        }

                        @Override
                        public boolean unknown(long iova, long last, long tableAddress) {
                            throw new AssertionError();
                        }
                    });
                }
            });
        }
    }

    @Test
    public void recordedFaultsAreToldAgainByTheTables() {
        try (OpenCapture capture = new OpenCapture(name)) {
            List<FaultRecord> faults = capture.inspector.faults();
            assertEquals((int) EVENTS.get(name), faults.size());
            DeviceId edu = DeviceId.parse("0000:00:07.0");
            for (FaultRecord fault : faults.stream().filter(f -> f.device().equals(edu)).toList()) {
                TranslationReport report = capture.inspector.translate(
                        new TranslationRequest(fault.device(), fault.pasid(), fault.iova(), Access.parse(fault.access())), false);
                assertEquals(fault.text(), Result.FAULT, report.result());
                assertEquals(fault.text(), fault.fault(), report.fault());
            }
            assertTrue(faults.stream().anyMatch(f -> f.device().equals(edu)));
        }
    }

    @Test
    public void queuesAreDecodedAndNothingWaits() {
        try (OpenCapture capture = new OpenCapture(name)) {
            List<QueueEntry> entries = capture.inspector.queues();
            Set<String> structures = new TreeSet<>();
            for (QueueEntry entry : entries) {
                assertFalse(entry.text(), entry.pending());
                assertFalse(entry.text(), entry.structure().isEmpty());
                structures.add(entry.structure());
            }
            assertTrue(structures.toString(), structures.containsAll(List.of("command-sync", "command-cfgi-ste", "event-translation")));
            assertEquals((long) EVENTS.get(name), entries.stream().filter(e -> e.queue().equals("event-queue")).count());
        }
    }

    @Test
    public void registersAreDecoded() {
        try (OpenCapture capture = new OpenCapture(name)) {
            assertTrue(capture.inspector.registers().stream().anyMatch(r -> r.name().equals("IDR5") && r.fields().get(0).text().equals("44-bit")));
            assertTrue(capture.inspector.registers().stream().anyMatch(r -> r.name().equals("PRIQ_BASE") && r.words().isEmpty()));
        }
    }

    /** Devices reach the ITS through an ordinary mapping (docs/backends/smmuv3.md, "Doorbells"): one doorbell for each domain, and nothing else is told. */
    @Test
    public void untouchedTablesShowTheDoorbellsOnly() {
        try (OpenCapture capture = new OpenCapture(name)) {
            List<Defect> defects = defects(capture, null);
            List<DeviceId> devices = new ArrayList<>();
            for (Defect defect : defects) {
                assertEquals(defect.toString(), "doorbell-grant", defect.defect());
                assertTrue(defect.rule(), defect.rule().contains("information only"));
                devices.add(defect.device());
            }
            assertEquals(Set.copyOf(devices).size(), devices.size());
            assertEquals(6, devices.size());
            assertEquals(1, defects(capture, DeviceId.parse("0000:00:07.0")).size());
        }
    }

    private static List<Defect> defects(OpenCapture capture, DeviceId device) {
        List<Defect> list = new ArrayList<>();
        capture.inspector.verify(device, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                list.add(defect);
            }

            @Override
            public void unknown(long address) {
                throw new AssertionError("missing " + Long.toHexString(address));
            }

            @Override
            public void looked(long entries) {
            }
        });
        return list;
    }

    /** The edu device's MSI capability holds the first page of the software window, not the doorbell. */
    @Test
    public void messagesAreWritesThroughTheTables() {
        try (OpenCapture capture = new OpenCapture(name)) {
            InterruptReport report = capture.inspector.remapInterrupt(new InterruptRequest(DeviceId.parse("0000:00:07.0"), 0x800_0040L, 5), true);
            assertEquals(report.reason(), InterruptReport.Result.PASSED, report.result());
            assertEquals(0x809_0040L, report.outputAddress());
            assertEquals(5, report.vector());
            assertFalse(report.steps().isEmpty());
            InterruptReport refused = capture.inspector.remapInterrupt(new InterruptRequest(DeviceId.parse("0000:00:07.0"), 0x809_0040L, 5), false);
            assertEquals(InterruptReport.Result.BLOCKED, refused.result());
        }
    }
}
