// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Captures;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ExpectedTranslations;
import org.sluice.testkit.TsvRows;

/** The tables of four functions as Linux 6.12 wrote them. */
public class CaptureTest {
    private final OpenedMachine machine = new CaptureSource().open(Captures.path(Captures.ZPCI).toString(), Progress.NONE);
    private final UnitDescription unit = machine.description().units().get(0);
    private final Inspector inspector = inspector(unit);

    private Inspector inspector(UnitDescription description) {
        return new ZpciInspector(context(description));
    }

    private UnitContext context(UnitDescription description) {
        return new UnitContext(machine.description(), description, machine.memory(), machine.registers(description));
    }

    /** The unit with the attributes given in place of its functions. */
    private UnitDescription with(Map<String, Object> attributes) {
        return new UnitDescription(unit.name(), unit.type(), unit.registerBase(), new Attributes(attributes));
    }

    @Test
    public void everyRowAgrees() {
        int[] agreed = new int[1];
        List<String> wrong = ExpectedTranslations.disagreements(Captures.ZPCI, inspector, agreed);
        assertTrue(String.join("\n", wrong), wrong.isEmpty());
        assertTrue("rows: " + agreed[0], agreed[0] > 1000);
    }

    /** Where a row has two codes the second is QEMU's, and a quirk in force for the release says why. */
    @Test
    public void everyOtherCodeOfQemuIsAKnownQuirk() {
        EmulatorQuirks.inForce(machine.description(), new ZpciBackend("test"), "zpci-invalid-entry-code");
        int explained = 0;
        for (TsvRows.Row row : TsvRows.ofCapture(Captures.ZPCI, "expected-translations.tsv")) {
            String codes = row.text("fault_code").orElse("");
            if (codes.contains("|")) {
                assertEquals(row.toString(), "0x4|0x7", codes);
                assertTrue(row.toString(), row.text("note").orElseThrow().matches("invalid-(page|segment)-entry.*"));
                explained++;
            }
        }
        assertTrue("rows: " + explained, explained > 100);
    }

    /** A fault stops the function, so that the rows behind one are asked of a unit as captured again. */
    @Test
    public void theModelGivesTheInspectorsAnswers() {
        ZpciModel model = new ZpciModel(context(unit));
        for (TsvRows.Row row : TsvRows.ofCapture(Captures.ZPCI, "expected-translations.tsv")) {
            DeviceId device = DeviceId.parse(row.text("device").orElseThrow());
            int functionId = (int) machine.description().device(device).orElseThrow().requesterId();
            long iova = row.number("iova").orElseThrow();
            int permission = Access.parse(row.text("access").orElseThrow()).permission();
            long told = model.translate(functionId, TranslationRequest.NO_PASID, iova, permission);
            long expected = row.number("output").orElse(-1L - row.architecture("fault_code").map(c -> Long.decode(c)).orElse(0L));
            assertEquals(row.toString(), expected, told);
            if (told < 0) {
                assertEquals(row.toString(), -1L - ZpciModel.DROPPED, model.translate(functionId, TranslationRequest.NO_PASID, iova, permission));
                model = new ZpciModel(context(unit));
            }
        }
    }

    /** What a hypervisor has that answers DMA from refreshes alone, as QEMU does, is what Linux refreshed: all of it. */
    @Test
    public void aUnitFedByRefreshesGivesTheSameOutputs() {
        Map<String, Object> attributes = new TreeMap<>(Map.of("group", Map.of("refresh", true)));
        attributes.put("functions", unit.attributes().raw("functions"));
        ZpciModel model = new ZpciModel(context(with(attributes)));
        int mapped = 0;
        for (TsvRows.Row row : TsvRows.ofCapture(Captures.ZPCI, "expected-translations.tsv")) {
            if (row.number("output").isPresent()) {
                DeviceId device = DeviceId.parse(row.text("device").orElseThrow());
                int functionId = (int) machine.description().device(device).orElseThrow().requesterId();
                int permission = Access.parse(row.text("access").orElseThrow()).permission();
                assertEquals(row.toString(), row.number("output").getAsLong(),
                        model.translate(functionId, TranslationRequest.NO_PASID, row.number("iova").orElseThrow(), permission));
                mapped++;
            }
        }
        assertTrue("rows: " + mapped, mapped > 500);
    }

    /** What only the unit knows, its inspector tells: here the same as the description, from which the unit began. */
    @Test
    public void theModelsInspectorSeesWhatIsRegistered() {
        Inspector live = new ZpciModel(context(unit)).inspector().orElseThrow();
        int[] agreed = new int[1];
        assertEquals(List.of(), ExpectedTranslations.disagreements(Captures.ZPCI, live, agreed));
        assertTrue("rows: " + agreed[0], agreed[0] > 1000);
    }

    @Test
    public void mappingsAreAsManyAsTheCaptureCounts() {
        Map<String, Long> sizes = new TreeMap<>();
        inspector.contexts(c -> {
            assertEquals(State.TRANSLATED, c.state());
            assertEquals("region-third", c.tableKind());
            assertEquals(3, c.levels());
            long[] count = new long[1];
            c.table().visit(counting(count));
            sizes.put(c.device().toString(), count[0]);
        });
        assertEquals(Map.of("0001:00:00.0", 2L, "0002:00:00.0", 2L, "0003:00:00.0", 304L, "0004:00:00.0", 277L), sizes);
    }

    private static MappingSink counting(long[] count) {
        return new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                assertNotEquals(0, permissions & Permissions.READ);
                count[0]++;
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("not in the image: " + Long.toHexString(tableAddress));
            }
        };
    }

    @Test
    public void functionsAreFoundByAddressAndById() {
        RequesterContext byAddress = inspector.context(DeviceId.parse("0003:00:00.0"), TranslationRequest.NO_PASID);
        RequesterContext byId = inspector.context(DeviceId.parse("fid:0x20"), TranslationRequest.NO_PASID);
        assertEquals(byAddress.entry(), byId.entry());
        assertEquals(List.of(0x28c4804L), byId.entry());
    }

    @Test
    public void untouchedTablesHaveNoDefect() {
        List<Defect> defects = new ArrayList<>();
        inspector.verify(null, sink(defects));
        assertEquals(List.of(), defects);
    }

    @Test
    public void anchorsAreFoundWithoutDescription() {
        List<RequesterContext> found = new ArrayList<>();
        inspector(with(Map.of())).contexts(found::add);
        assertEquals(List.of(0x28b8804L, 0x28bc804L, 0x28c4804L, 0x3548804L), found.stream().map(c -> c.entry().get(0)).toList());
        assertEquals("fid:0x28b8", found.get(0).device().toString());
        TranslationRequest request = new TranslationRequest(DeviceId.parse("fid:0x28c4"), TranslationRequest.NO_PASID, 0x11ffe0000L, Access.READ);
        assertEquals(0x34e7000L, inspector(with(Map.of())).translate(request, false).output());
    }

    @Test
    public void aDescribedDeviceWithoutFunctionIsUnknownAndNamesCandidates() {
        TranslationRequest request = new TranslationRequest(DeviceId.parse("0003:00:00.0"), TranslationRequest.NO_PASID, 0x11ffe0000L, Access.READ);
        var report = inspector(with(Map.of())).translate(request, false);
        assertEquals(Result.UNKNOWN, report.result());
        assertTrue(report.reason(), report.reason().contains("iota") && report.reason().contains("0x28c4804"));
    }

    @Test
    public void whatTheDescriptionLeavesOutMakesUnknownOnlyWhatDependsOnIt() {
        Inspector noLast = inspector(with(Map.of("functions", List.of(Map.of("device", "0003:00:00.0", "iota", "0x28c4804", "pba", "0x100000000")))));
        DeviceId device = DeviceId.parse("0003:00:00.0");
        var below = noLast.translate(new TranslationRequest(device, TranslationRequest.NO_PASID, 0x1000, Access.READ), false);
        assertEquals("OORANGE", below.fault().name());
        var inside = noLast.translate(new TranslationRequest(device, TranslationRequest.NO_PASID, 0x11ffe0000L, Access.READ), false);
        assertEquals(Result.UNKNOWN, inside.result());
        assertTrue(inside.reason(), inside.reason().contains("pal"));
    }

    @Test
    public void reservedRangesAreWhatNoFunctionReaches() {
        assertEquals(List.of("0x0-0xffffffff", "0x120000000-0xffffffffffffffff"),
                inspector.reservedRanges().stream().map(r -> r.range().toString()).toList());
        MachineDescription description = machine.description();
        assertEquals(4, description.devices().size());
    }

    private static DefectSink sink(List<Defect> defects) {
        return new DefectSink() {
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
        };
    }
}
