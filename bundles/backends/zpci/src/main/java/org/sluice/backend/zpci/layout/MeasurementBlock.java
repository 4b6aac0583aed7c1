// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import org.sluice.api.layout.StructureLayout;

/** The function measurement block, format 0, whose address stands in the FIB. */
public final class MeasurementBlock {
    /** Offsets of what is counted here. */
    public static final int SAMPLES_OFFSET = 0;
    public static final int REFRESHES_OFFSET = 40;
    /** Low bits of the address in the FIB: the storage key, of which only 0 is taken. */
    public static final long KEY = 0xf;

    public static final StructureLayout FMB = Zpci.structure("fmb", 512, "Function measurement block", "measurement")
            .value("SAMPLES", 31, 0, "updates so far")
            .value("FMT", 63, 32, "format; 0")
            .flag("U", 64, "an update is under way")
            .value("TIME", 127, 65, "time of the last update")
            .value("LD", 191, 128, "loads")
            .value("ST", 255, 192, "stores")
            .value("STB", 319, 256, "store blocks")
            .value("RPCIT", 383, 320, "refreshes")
            .value("READ", 447, 384, "bytes read by DMA")
            .value("WRITTEN", 511, 448, "bytes written by DMA")
            .build();

    private MeasurementBlock() {
    }
}
