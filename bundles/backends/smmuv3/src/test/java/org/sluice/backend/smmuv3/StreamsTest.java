// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** Which StreamID a PCI function has, and at which of several units. */
public class StreamsTest {
    private static final String CAPTURE = "smmuv3-4k-acpi";

    /** The capture's machine as firmware alone describes it, with a second unit that serves nobody. */
    private static UnitContext context(OpenCapture capture, int unit, boolean listed) {
        MachineDescription d = capture.machine.description();
        List<UnitDescription> units = List.of(d.units().get(0), new UnitDescription("smmuv3-1", "arm-smmu-v3", 0x0a00_0000, Attributes.EMPTY));
        List<DeviceDescription> devices = !listed ? List.of() : d.devices().stream()
                .map(device -> new DeviceDescription(device.device(), -1, null, false, null, -1, Attributes.EMPTY)).toList();
        MachineDescription machine = new MachineDescription(d.name(), d.architecture(), d.ram(), units, devices, List.of(), List.of(), d.firmware(), Attributes.EMPTY);
        return new UnitContext(machine, units.get(unit), capture.machine.memory(), capture.machine.registers(d.units().get(0)));
    }

    private static TranslationReport ask(UnitContext context, Row row) {
        return new Smmuv3Backend("test").inspector(context).orElseThrow().translate(new TranslationRequest(
                DeviceId.parse(row.text("device").orElseThrow()), -1, row.number("iova").orElseThrow(), Access.READ), false);
    }

    @Test
    public void iortTellsWhereTheDescriptionDoesNot() {
        Row row = TsvRows.ofCapture(CAPTURE, "expected-translations.tsv").stream().filter(r -> r.text("result").orElseThrow().equals("mapped")).findFirst().orElseThrow();
        try (OpenCapture capture = new OpenCapture(CAPTURE)) {
            for (boolean listed : new boolean[] {false, true}) {
                TranslationReport report = ask(context(capture, 0, listed), row);
                assertEquals(report.reason(), Result.MAPPED, report.result());
                assertEquals(row.number("output").orElseThrow(), report.output());
                report = ask(context(capture, 1, listed), row);
                assertEquals("the other unit does not serve it", Result.UNKNOWN, report.result());
                assertTrue(report.reason(), report.reason().contains("StreamID"));
            }
        }
    }

    @Test
    public void devicesAreListedByNameWhereFirmwareTellsTheirStreams() {
        try (OpenCapture capture = new OpenCapture(CAPTURE)) {
            StringBuilder names = new StringBuilder();
            new Smmuv3Backend("test").inspector(context(capture, 0, true)).orElseThrow().contexts(c -> names.append(c.device()).append(' '));
            assertTrue(names.toString(), names.toString().contains("0000:00:07.0"));
            names.setLength(0);
            new Smmuv3Backend("test").inspector(context(capture, 0, false)).orElseThrow().contexts(c -> names.append(c.device()).append(' '));
            assertTrue(names.toString(), names.toString().contains("sid:0x38"));
        }
    }

    /** Functions behind a bridge share the bridge's StreamID. */
    @Test
    public void severalFunctionsMayShareAStream() {
        TestUnit unit = new TestUnit().plain();
        UnitContext plain = unit.context();
        List<DeviceDescription> devices = List.of(new DeviceDescription(DeviceId.parse("02:01.0"), TestUnit.SID, "smmu", true, null, -1, Attributes.EMPTY),
                new DeviceDescription(DeviceId.parse("02:00.0"), TestUnit.SID, "smmu", true, null, -1, Attributes.EMPTY),
                new DeviceDescription(DeviceId.parse("03:00.0"), TestUnit.SID, null, true, null, -1, Attributes.EMPTY));
        MachineDescription machine = new MachineDescription("test", null, plain.machine().ram(), plain.machine().units(), devices, List.of(), List.of(), List.of(),
                Attributes.EMPTY);
        StringBuilder names = new StringBuilder();
        new Smmuv3Backend("test").inspector(new UnitContext(machine, plain.unit(), plain.memory(), plain.registers())).orElseThrow()
                .contexts(c -> names.append(c.device()).append(' '));
        assertEquals("0000:02:00.0 0000:02:01.0 ", names.toString());
        Streams streams = Streams.of(new UnitContext(machine, plain.unit(), plain.memory(), plain.registers()));
        assertEquals(List.of(DeviceId.parse("02:00.0"), DeviceId.parse("02:01.0")), streams.devices(TestUnit.SID));
        assertEquals("the first is named", DeviceId.parse("02:00.0"), streams.device(TestUnit.SID));
        assertEquals(List.of((long) TestUnit.SID), streams.known(0, 100));
        assertEquals("the end is not in it", List.of(), streams.known(0, TestUnit.SID));
        assertEquals(List.of((long) TestUnit.SID), streams.known(TestUnit.SID, TestUnit.SID + 1));
        assertEquals(List.of(), streams.known(TestUnit.SID + 1, 100));
        assertTrue(streams.isKnown(TestUnit.SID));
        assertEquals(false, streams.isKnown(TestUnit.SID + 1));
        assertEquals(TestUnit.SID, streams.streamId(DeviceId.parse("02:01.0")));
        assertEquals("of another unit", -1, streams.streamId(DeviceId.parse("03:00.0")));
        assertEquals("nobody", -1, streams.streamId(null));
        assertEquals("a StreamID names itself", 77, streams.streamId(DeviceId.stream(77)));
        assertEquals(List.of(DeviceId.stream(77)), streams.devices(77));
    }
}
