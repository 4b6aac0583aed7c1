// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.io.PrintStream;
import java.nio.file.Path;

import org.sluice.tool.vectors.qemu.UnitKind;

/** A long run: {@code KIND CASES [SEED [QEMU]]}, or {@code FIRST-LAST} for {@code CASES}; {@code itests/differential/run} starts it. */
public final class Main {
    private static final int FIRST_OPTIONAL = 2;

    private Main() {
    }

    /** Status 1 if something is not explained. */
    public static void main(String[] args) {
        PrintStream out = System.out;
        if (args.length < FIRST_OPTIONAL) {
            out.println("give KIND CASES [SEED [QEMU]]; KIND is one of VTD, VTD_SCALABLE, VTD_FIRST_STAGE, AMDVI, SMMUV3, SMMUV3_NESTED");
            System.exit(2);
        }
        UnitKind kind = UnitKind.valueOf(args[0]);
        long seed = args.length > FIRST_OPTIONAL ? Long.parseLong(args[FIRST_OPTIONAL]) : System.nanoTime() & 0xffff_ffffL;
        String binary = args.length > FIRST_OPTIONAL + 1 ? args[FIRST_OPTIONAL + 1] : kind.binary();
        out.println(kind + " with seed " + seed);
        int dash = args[1].indexOf('-');
        int first = dash < 0 ? 0 : Integer.parseInt(args[1].substring(0, dash));
        int end = dash < 0 ? Integer.parseInt(args[1]) : Integer.parseInt(args[1].substring(dash + 1)) + 1;
        Session session = new Session(kind, binary, Path.of("disagreements")).run(first, end, seed);
        session.unexplained().forEach(out::println);
        out.println(session.summary());
        System.exit(session.unexplained().isEmpty() ? 0 : 1);
    }
}
