// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Fault;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.VectorResult;
import org.sluice.api.VectorService.VectorFolder;
import org.sluice.machine.Hex;
import org.sluice.shell.render.Schema;

/** Test vectors: what was written, and how each came out. */
public final class VectorRows {
    public static final Schema<VectorFolder> FOLDERS = Schema.of(VectorFolder.class)
            .text("folder", VectorFolder::folder)
            .text("unit", VectorFolder::unit)
            .number("vectors", VectorFolder::vectors)
            .build();

    public static final Schema<VectorResult> RESULTS = Schema.of(VectorResult.class)
            .text("case", VectorResult::name)
            .jsonOnly()
            .text("device", VectorResult::device)
            .everywhere()
            .text("access", v -> v.access().letter())
            .address("iova", VectorResult::iova)
            .text("result", v -> Words.lower(v.result()))
            .address("output", VectorResult::output, v -> v.result() == Result.MAPPED)
            .text("fault", VectorResult::fault)
            .code("faultCode", VectorResult::faultCode, v -> v.faultCode() != Fault.NO_CODE)
            .jsonOnly()
            .texts("event", v -> v.event().stream().map(Hex::padded).toList())
            .everywhere()
            .flag("agrees", VectorResult::agrees)
            .text("expected", v -> v.agrees() ? null : v.expected())
            .text("quirk", VectorResult::quirk)
            .jsonOnly()
            .text("clause", VectorResult::clause)
            .text("witness", VectorResult::witness)
            .build();

    private VectorRows() {
    }
}
