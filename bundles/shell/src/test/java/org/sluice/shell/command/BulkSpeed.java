// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import org.sluice.api.Machine;
import org.sluice.shell.bulk.WalkFile;
import org.sluice.shell.render.Format;
import org.sluice.shell.rows.WalkRow;
import org.sluice.shell.session.Console;

/**
 * Measures {@code table-walk --from} without a walker behind it: what remains is reading, asking and writing. Run by hand,
 * with a number of rows and a format: it is no test, because time on a shared machine proves nothing.
 */
public final class BulkSpeed {
    private static final int ROUNDS = 8;

    private BulkSpeed() {
    }

    public static void main(String[] args) throws Exception {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        Path file = Files.createTempFile("sluice-speed", ".tsv");
        try {
            StringBuilder text = new StringBuilder("device\tiova\taccess\n");
            for (int i = 0; i < rows; i++) {
                text.append(String.format(Locale.ROOT, "0000:00:03.0\t0x%x\t%s%n", i % 4 == 0 ? 0x999000L + i : 0x1000 + i % 4096,
                        i % 3 == 0 ? "w" : "r"));
            }
            Files.writeString(file, text);
            measure(file, rows, args.length > 1 ? Format.valueOf(args[1]) : Format.JSON);
        } finally {
            Files.delete(file);
        }
    }

    private static void measure(Path file, int rows, Format format) throws Exception {
        StubServices services = new StubServices();
        Machine machine = services.open.get(0);
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            Console console = new Console(new PrintStream(OutputStream.nullOutputStream()), System.err, format, false, false);
            Bulk.answer(console, file.toString(), "translating", WalkRow.SCHEMA, lines -> new WalkFile(lines,
                    request -> WalkRow.answered(services.translate(machine, request, false), List.of())));
            console.flush();
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(Locale.ROOT, "%-5s round %d: %,.0f rows/s, %.0f ns a row%n", format, round, rows / seconds,
                    seconds * 1e9 / rows);
        }
    }
}
