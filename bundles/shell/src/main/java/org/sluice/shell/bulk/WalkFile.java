// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import java.io.IOException;
import java.util.function.Function;
import java.util.function.Supplier;

import org.sluice.api.Access;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.IommuException;
import org.sluice.shell.rows.WalkRow;

/** Translations to be asked for, one per line: {@code device} (or {@code bdf}), {@code iova}, {@code access}, {@code pasid}. */
public final class WalkFile implements QuestionFile<WalkRow> {
    private static final long MAX_PASID = (1L << 20) - 1;

    private final TsvReader lines;
    private final FieldReader fields;
    private final Function<TranslationRequest, WalkRow> translate;
    private final int device;
    private final int iova;
    private final int access;
    private final int pasid;

    /** @param translate asks for one translation; an {@link IommuException} makes the answer unknown */
    public WalkFile(TsvReader lines, Function<TranslationRequest, WalkRow> translate) {
        this.lines = lines;
        this.translate = translate;
        fields = new FieldReader(lines);
        device = lines.requiredColumn("device", "bdf");
        iova = lines.requiredColumn("iova");
        access = lines.column("access");
        pasid = lines.column("pasid");
    }

    @Override
    public boolean next() throws IOException {
        return lines.next();
    }

    @Override
    public WalkRow answer() {
        try {
            return translate.apply(new TranslationRequest(fields.device(device), pasid(), fields.number(iova, "iova"),
                    fields.access(access)));
        } catch (IllegalArgumentException | IommuException e) {
            return unreadable(e.getMessage());
        }
    }

    @Override
    public boolean isUnknown(WalkRow row) {
        return row.result() == Result.UNKNOWN;
    }

    private int pasid() {
        if (!lines.has(pasid)) {
            return TranslationRequest.NO_PASID;
        }
        long value = fields.number(pasid, "pasid");
        if (value < 0 || value > MAX_PASID) {
            throw new IllegalArgumentException("'" + lines.text(pasid) + "' is not a PASID: it has 20 bits");
        }
        return (int) value;
    }

    private WalkRow unreadable(String why) {
        Access wanted = orNull(() -> fields.access(access));
        Integer process = orNull(this::pasid);
        return WalkRow.unreadable(orNull(() -> fields.device(device)), process == null ? TranslationRequest.NO_PASID : process,
                orNull(() -> fields.number(iova, "iova")), wanted, "line " + lines.line() + ": " + why, lines.line());
    }

    /** What can be read of a line that cannot be asked. */
    static <T> T orNull(Supplier<T> field) {
        try {
            return field.get();
        } catch (IllegalArgumentException unreadable) {
            return null;
        }
    }
}
