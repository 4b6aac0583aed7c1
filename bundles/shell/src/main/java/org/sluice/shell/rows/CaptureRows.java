// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.CaptureService.Written;
import org.sluice.shell.render.Schema;

/** What a capture holds. */
public final class CaptureRows {
    public static final Schema<Written> SCHEMA = Schema.of(Written.class)
            .text("folder", Written::folder)
            .number("pages", Written::pages)
            .number("zeroPages", Written::zeroPages)
            .bytes("imageBytes", Written::imageBytes)
            .build();

    private CaptureRows() {
    }
}
