// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.FieldValue;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** What makes a context misconfigured (sections 2.1.4 and 2.2.4); each check answers null or what is wrong. Stateless. */
final class ContextRules {
    private static final String[] FIRST_SCHEMES = {"Sv39", "Sv48", "Sv57"};
    private static final String[] PROCESS_SCHEMES = {"PD8", "PD17", "PD20"};

    private ContextRules() {
    }

    static String reserved(Structure s) {
        FieldValue value = s.reservedViolation();
        return value == null ? null : "reserved bits " + value.field().high() + ":" + value.field().low() + " hold " + Hex.of(value.value());
    }

    static String device(UnitState unit, Structure dc) {
        String wrong = reserved(dc);
        wrong = wrong != null ? wrong : services(unit, dc);
        wrong = wrong != null ? wrong : firstStage(unit, dc);
        wrong = wrong != null ? wrong : secondStage(unit, dc);
        return wrong != null ? wrong : control(unit, dc);
    }

    private static String services(UnitState unit, Structure dc) {
        boolean ats = dc.is(DirectoryEntries.EN_ATS);
        boolean pri = dc.is(DirectoryEntries.EN_PRI);
        boolean guest = dc.is(DirectoryEntries.T2GPA);
        boolean prpr = dc.is(DirectoryEntries.PRPR);
        if (!unit.has("ATS") && (ats || pri || prpr)) {
            return "EN_ATS, EN_PRI or PRPR is set, but the unit has no ATS";
        }
        if (!ats && (guest || pri) || !pri && prpr) {
            return "T2GPA and EN_PRI need EN_ATS, PRPR needs EN_PRI";
        }
        if (guest && (!unit.has("T2GPA") || dc.get(DirectoryEntries.SECOND_MODE) == DirectoryEntries.BARE)) {
            return "T2GPA needs the capability and a second stage";
        }
        return null;
    }

    private static String firstStage(UnitState unit, Structure dc) {
        int mode = (int) dc.get(DirectoryEntries.FIRST_MODE);
        if (!dc.is(DirectoryEntries.PDTV)) {
            return dc.is(DirectoryEntries.DPE) ? "DPE needs PDTV" : dc.is(DirectoryEntries.SXL) ? null : scheme(unit, mode, DirectoryEntries.SV39, FIRST_SCHEMES, "");
        }
        return scheme(unit, mode, 1, PROCESS_SCHEMES, "");
    }

    /** Mode 0 is Bare; the others count from {@code first} and each has a capability. */
    private static String scheme(UnitState unit, int mode, int first, String[] names, String suffix) {
        if (mode == DirectoryEntries.BARE) {
            return null;
        }
        if (mode < first || mode >= first + names.length) {
            return "mode " + mode + " is reserved";
        }
        String name = names[mode - first] + suffix;
        return unit.has(name) ? null : "the unit has no " + name;
    }

    private static String secondStage(UnitState unit, Structure dc) {
        int mode = (int) dc.get(DirectoryEntries.SECOND_MODE);
        String wrong = unit.narrow() ? null : scheme(unit, mode, DirectoryEntries.SV39, FIRST_SCHEMES, "x4");
        if (wrong == null && mode != DirectoryEntries.BARE && (dc.get(DirectoryEntries.SECOND_ROOT) & 3) != 0) {
            return "the second-stage root is not aligned to its 16 KiB";
        }
        return wrong;
    }

    private static String control(UnitState unit, Structure dc) {
        if (!unit.has("AMO_HWAD") && (dc.is(DirectoryEntries.SADE) || dc.is(DirectoryEntries.GADE))) {
            return "SADE or GADE is set, but the unit does not update A and D";
        }
        if (!unit.has("END") && dc.is(DirectoryEntries.SBE) != unit.bigEndian()) {
            return "SBE is another byte order than the unit's only one";
        }
        if (unit.narrow() && !dc.is(DirectoryEntries.SXL)) {
            return "SXL must be 1 where fctl.GXL is";
        }
        if (!unit.has("QOSID") && (dc.is(DirectoryEntries.RCID) || dc.is(DirectoryEntries.MCID))) {
            return "RCID or MCID is set, but the unit has no QoS ids";
        }
        if (unit.extendedContexts() && dc.get(DirectoryEntries.MSI_MODE) > DirectoryEntries.MSI_FLAT) {
            return "mode " + dc.get(DirectoryEntries.MSI_MODE) + " of msiptp is reserved";
        }
        return null;
    }

    static String process(UnitState unit, Structure pc, boolean narrow) {
        String wrong = reserved(pc);
        BitField mode = DirectoryEntries.PROCESS_MODE;
        return wrong != null || narrow ? wrong : scheme(unit, (int) pc.get(mode), DirectoryEntries.SV39, FIRST_SCHEMES, "");
    }
}
