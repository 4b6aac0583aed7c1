// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.sluice.backend.vtd.VtdBackend;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.qemu.UnitKind;

/** Quick. */
public final class Main {
    public static void main(String[] args) {
        UnitKind kind = UnitKind.valueOf(args[0]);
        int cases = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        Backend backend = kind.type().equals("amd-vi") ? new org.sluice.backend.amdvi.AmdViBackend("lab") : new VtdBackend("lab");
        Generator generator = kind.type().equals("amd-vi") ? new AmdViGenerator(0) : new VtdGenerator(kind == UnitKind.VTD_SCALABLE, 0);
        Map<String, Integer> counts = new HashMap<>();
        long start = System.nanoTime();
        int probes = 0;
        try (Lab lab = new Lab(kind, kind.binary(), backend)) {
            for (int i = 0; i < cases; i++) {
                Case which = generator.next("c" + i, new Random(seed + i));
                probes += which.steps().size();
                for (Disagreement d : lab.run(which)) {
                    Quirk quirk = Quirk.explaining(d, kind.type(), lab.qemu().version());
                    if (quirk != null) {
                        counts.merge(quirk.id(), 1, Integer::sum);
                        continue;
                    }
                    String key = d.reason() + " " + d.theirs().kind() + " " + d.theirs().code() + " " + d.ours().kind() + " " + d.ours().code() + (d.ours().record().isEmpty() ? "" : " " + Long.toHexString(d.ours().record().get(0) >>> 48 & 0xff0));
                    if (key.startsWith("answer UNSEEN -1 FAULT")) { continue; }
                    if (counts.merge(key, 1, Integer::sum) <= 6) {
                        System.out.println(d + "\n    EXPLAIN " + lab.ours().explain(d.probe().iova(), d.probe().write()));
                        which.words().forEach((a, v) -> System.out.printf("    %x: %016x%n", a, v));
                        System.out.println("    " + which.steps());
                    }
                }
            }
        }
        double s = (System.nanoTime() - start) / 1e9;
        counts.forEach((k, v) -> System.out.println(v + " x " + k));
        System.out.printf("%d cases, %d steps, %.1f s, %.0f cases/s%n", cases, probes, s, cases / s);
    }
}
