// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.sluice.machine.MachineDescription;
import org.sluice.testkit.TsvRows.Row;

/**
 * Known ways in which QEMU's units differ from the architecture, as data ({@code quirks.tsv}), for units that the differential lab does not
 * run: what a capture recorded is either the architecture's or explained by one of these, in force for the release that made it.
 */
public final class EmulatorQuirks {
    private static final String TABLE = "quirks.tsv";
    private static final String HEADER = "| id | versions | architecture, and what QEMU does |";
    private static final Path DOCUMENT = Path.of("../../../docs/backends/qemu-differences.md");

    private EmulatorQuirks() {
    }

    /**
     * One difference.
     *
     * @param unit type of the unit as machine descriptions have it
     * @param since first release that has it among those that were looked at
     * @param before first release that has it no longer, or null
     */
    public record Quirk(String id, String unit, String since, String before, String clause, String architecture, String emulator) {
        /** Whether that release of QEMU has it: {@code 10.0.2}, with whatever follows a space. */
        public boolean isOf(String release) {
            return compare(since, release) <= 0 && (before == null || compare(release, before) < 0);
        }

        private String row() {
            return "| `" + id + "` | from " + since + (before == null ? "" : ", before " + before) + " | " + architecture + " (" + clause + "); " + emulator + " |";
        }
    }

    /** All of a unit's type, in the order of the table. */
    public static List<Quirk> of(String unit) {
        return all().stream().filter(q -> q.unit.equals(unit)).toList();
    }

    /** The quirk with that id, which must be in force for the release of QEMU that made the machine's capture. */
    public static Quirk inForce(MachineDescription machine, String id) {
        Quirk quirk = all().stream().filter(q -> q.id.equals(id)).findFirst().orElseThrow(() -> new AssertionError("no quirk " + id));
        String release = machine.extra().child("versions").flatMap(v -> v.text("qemu")).orElseThrow(() -> new AssertionError("by which QEMU?"));
        assertEquals(id + " as QEMU " + release, true, quirk.isOf(release));
        return quirk;
    }

    /** {@code docs/backends/qemu-differences.md} has the unit's quirks, word for word; asked from a backend's folder. */
    public static void assertDocumented(String heading, String unit) {
        assertEquals(of(unit).stream().map(Quirk::row).toList(), ReadmeTable.rows(DOCUMENT, heading, HEADER));
    }

    private static List<Quirk> all() {
        try (InputStream in = EmulatorQuirks.class.getResourceAsStream(TABLE)) {
            return TsvRows.parse(TABLE, new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()).stream().map(EmulatorQuirks::quirk).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Quirk quirk(Row row) {
        return new Quirk(row.text("id").orElseThrow(), row.text("unit").orElseThrow(), row.text("since").orElseThrow(), row.text("before").orElse(null),
                row.text("clause").orElseThrow(), row.text("architecture").orElseThrow(), row.text("emulator").orElseThrow());
    }

    private static int compare(String one, String other) {
        return Arrays.compare(numbers(one), numbers(other));
    }

    private static int[] numbers(String release) {
        return Arrays.stream(release.split(" ")[0].split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
}
