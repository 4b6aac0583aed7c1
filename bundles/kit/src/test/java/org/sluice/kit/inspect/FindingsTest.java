// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

public class FindingsTest {
    private static final DeviceId FIRST = DeviceId.parse("0000:00:01.0");
    private static final DeviceId SECOND = DeviceId.parse("0000:00:02.0");
    private static final StructureLayout ENTRY = LayoutBuilder.of("test", "entry", 64, "An entry", "clause").value("V", 63, 0, "value").build();

    private final List<String> told = new ArrayList<>();
    private final DefectSink out = new DefectSink() {
        @Override
        public void defect(Defect defect) {
            told.add(defect.device() + " " + defect.defect() + ": " + defect.rule());
        }

        @Override
        public void unknown(long address) {
            told.add("unknown " + address);
        }

        @Override
        public void looked(long entries) {
            told.add("looked " + entries);
        }
    };

    private static Structure entry(long address) {
        return Structure.of(ENTRY, address, 1);
    }

    @Test
    public void aMissingStructureIsToldOnce() {
        Findings findings = Findings.ofEach("unit", out);
        findings.unknown(5);
        findings.unknown(5);
        findings.looked(2);
        assertEquals(List.of("unknown 5", "looked 2"), told);
    }

    @Test
    public void oneDefectOfTwoRequestersIsToldOfEachOrOfTheFirst() {
        Findings each = Findings.ofEach("unit", out);
        each.defect(FIRST, "bad", entry(8), "rule");
        each.defect(SECOND, "bad", entry(8), "rule");
        assertEquals(List.of(FIRST + " bad: rule", SECOND + " bad: rule"), told);
        told.clear();
        Findings first = Findings.ofFirst("unit", out);
        first.defect(FIRST, "bad", entry(8), "rule");
        first.defect(SECOND, "bad", entry(8), "rule");
        first.defect(SECOND, "bad", entry(16), "rule");
        assertEquals(List.of(FIRST + " bad: rule", SECOND + " bad: rule"), told);
    }

    @Test
    public void betweenRequestersOnlyOnesOwnDefectsOfTheKindsCount() {
        DefectSink between = DefectFilter.between(FIRST, Set.of("shared"), out);
        Findings findings = Findings.ofEach("unit", between);
        findings.defect(FIRST, "shared", entry(8), "rule");
        findings.defect(FIRST, "bad", entry(8), "rule");
        findings.defect(SECOND, "shared", entry(8), "rule");
        findings.unknown(5);
        findings.looked(1);
        assertEquals(List.of(FIRST + " shared: rule", "looked 1"), told);
    }

    @Test
    public void oneTagWithTwoTablesIsADefectOfTheSecond() {
        TagUses<Integer, Long> uses = new TagUses<>(Findings.ofEach("unit", out), tag -> "domain " + tag, table -> "table " + table);
        uses.use(FIRST, 7, 1L, entry(8));
        uses.use(SECOND, 7, 1L, entry(16));
        uses.use(SECOND, 8, 2L, entry(16));
        assertEquals(List.of(), told);
        uses.use(SECOND, 7, 2L, entry(24));
        assertEquals(List.of(SECOND + " domain-two-tables: domain 7 has table 2 here and table 1 for " + FIRST
                + ": cached translations of one serve the other"), told);
    }
}
