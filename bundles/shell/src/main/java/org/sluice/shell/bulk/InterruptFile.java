// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import java.io.IOException;
import java.util.function.Function;

import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.machine.IommuException;
import org.sluice.shell.rows.InterruptRow;

/** Messages to be remapped, one per line: {@code device} (or {@code bdf}), {@code address}, {@code data}. */
public final class InterruptFile implements QuestionFile<InterruptRow> {
    private final TsvReader lines;
    private final FieldReader fields;
    private final Function<InterruptRequest, InterruptRow> remap;
    private final int device;
    private final int address;
    private final int data;

    /** @param remap asks for one message; an {@link IommuException} makes the answer unknown */
    public InterruptFile(TsvReader lines, Function<InterruptRequest, InterruptRow> remap) {
        this.lines = lines;
        this.remap = remap;
        fields = new FieldReader(lines);
        device = lines.requiredColumn("device", "bdf");
        address = lines.requiredColumn("address");
        data = lines.requiredColumn("data");
    }

    @Override
    public boolean next() throws IOException {
        return lines.next();
    }

    @Override
    public InterruptRow answer() {
        try {
            return remap.apply(new InterruptRequest(fields.device(device), fields.number(address, "address"),
                    fields.number(data, "data")));
        } catch (IllegalArgumentException | IommuException e) {
            return InterruptRow.unreadable(WalkFile.orNull(() -> fields.device(device)),
                    WalkFile.orNull(() -> fields.number(address, "address")), WalkFile.orNull(() -> fields.number(data, "data")),
                    "line " + lines.line() + ": " + e.getMessage(), lines.line());
        }
    }

    @Override
    public boolean isUnknown(InterruptRow row) {
        return row.result() == Result.UNKNOWN;
    }
}
