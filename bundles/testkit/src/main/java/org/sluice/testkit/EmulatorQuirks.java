// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.List;

import org.sluice.api.EmulatorQuirk;
import org.sluice.machine.MachineDescription;
import org.sluice.spi.Backend;

/**
 * Known ways in which QEMU's units differ from the architecture, for tests: what a capture recorded is either the architecture's or explained by one
 * of these, in force for the release that made it.
 */
public final class EmulatorQuirks {
    private static final String HEADER = "| id | versions | architecture, and what QEMU does |";
    private static final Path DOCUMENT = Path.of("../../../docs/backends/qemu-differences.md");

    private EmulatorQuirks() {
    }

    private static String row(EmulatorQuirk quirk) {
        return "| `" + quirk.id() + "` | from " + quirk.since() + (quirk.before() == null ? "" : ", before " + quirk.before()) + " | " + quirk.architecture()
                + "; " + quirk.emulator() + " |";
    }

    /** The quirk with that id, which must be in force for the release of QEMU that made the machine's capture. */
    public static EmulatorQuirk inForce(MachineDescription machine, Backend backend, String id) {
        EmulatorQuirk quirk = backend.quirks().stream().filter(q -> q.id().equals(id)).findFirst().orElseThrow(() -> new AssertionError("no quirk " + id));
        String release = machine.extra().child("versions").flatMap(v -> v.text("qemu")).orElseThrow(() -> new AssertionError("by which QEMU?"));
        assertTrue(id + " as QEMU " + release, quirk.isOf(release));
        return quirk;
    }

    /** {@code docs/backends/qemu-differences.md} has the backend's quirks, word for word; asked from a backend's folder. */
    public static void assertDocumented(String heading, Backend backend) {
        List<EmulatorQuirk> quirks = backend.quirks();
        assertEquals(quirks.stream().map(EmulatorQuirks::row).toList(), ReadmeTable.rows(DOCUMENT, heading, HEADER));
        assertEquals("ids", quirks.size(), quirks.stream().map(EmulatorQuirk::id).distinct().count());
        quirks.forEach(quirk -> assertEquals(quirk.id(), backend.info().name(), quirk.backend()));
    }
}
