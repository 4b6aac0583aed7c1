// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.VectorResult;
import org.sluice.api.VectorService;
import org.sluice.shell.completer.OriginCompleter;
import org.sluice.shell.rows.VectorRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;
import org.sluice.shell.session.UserPaths;

/** Puts test vectors to a model or to a QEMU. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "vectors-run", description = "Puts test vectors to the model, or to a QEMU that is started for them",
        detailedDescription = """
                Every line of vectors.jsonl is programmed through registers, asked, and compared: result, address or \
                fault code, and the fault record word for word. A known difference of the emulated unit that the vector \
                was seen on is named as quirk (quirk-list has them); if only the form of a record differs \
                that way, the vector agrees all the same. The status is 1 if one does not agree.

                Example: vectors-run captures/smmuv3-nested-vectors
                Example: vectors-run vectors/vtd-legacy --qemu default --json""")
public final class VectorsRun extends IommuCommand {
    @Reference
    private VectorService vectors;

    @Argument(index = 0, name = "path", required = true, description = "Folder with vectors.jsonl, or such a file")
    @Completion(OriginCompleter.class)
    private String path;

    @Option(name = "--qemu", description = "Start this QEMU without a guest and ask its unit; default is the unit's usual emulator")
    private String qemu;

    @Override
    protected Outcome run(Console console) throws IOException {
        Rows<VectorResult> rows = console.rows(VectorRows.RESULTS);
        boolean[] all = {true};
        vectors.run(UserPaths.resolve(path), qemu, console.progress(), result -> {
            all[0] &= result.agrees();
            rows.accept(result);
        });
        rows.finish(console, "the file has no vector");
        return Outcome.positiveIf(all[0]);
    }
}
