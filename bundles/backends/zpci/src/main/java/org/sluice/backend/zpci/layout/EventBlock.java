// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import java.util.Map;
import java.util.stream.Collectors;

import org.sluice.api.Fault;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Event blocks that the channel subsystem's store-event-information command returns for PCI (notification type 2). */
public final class EventBlock {
    private static final Map<Long, String> CODES = EventCodes.all().stream()
            .collect(Collectors.toMap(f -> (long) f.code(), Fault::name));

    /** Content code 1. */
    public static final StructureLayout ERROR = Zpci.structure("error-event", 256, "Error event of a function", "error events")
            .value("FH", 31, 0, "function handle")
            .reserved(63, 32)
            .flag("RW", 64, "the access was a write")
            .flag("Q", 65, "qualifier: the failing address is given")
            .reserved(71, 66)
            .value("DMAAS", 79, 72, "DMA address space")
            .value("MVN", 91, 80, "message vector number")
            .value("ETT", 95, 92, "table where the translation ended: 1 page to 5 region-first, 0 none")
            .value("FID", 127, 96, "function id")
            .address("FADDR", 191, 128, "failing address")
            .value("PEC", 207, 192, "PCI event code", CODES)
            .reserved(255, 208)
            .build();

    /** Content code 2. */
    public static final StructureLayout AVAILABILITY = Zpci.structure("availability-event", 256, "Availability event of a function",
                    "availability events")
            .value("FH", 31, 0, "function handle")
            .reserved(63, 32)
            .reserved(95, 64)
            .value("FID", 127, 96, "function id")
            .reserved(191, 128)
            .value("PEC", 207, 192, "PCI event code", CODES)
            .reserved(255, 208)
            .build();

    /** Words of an event. */
    public static final int WORDS = 4;
    public static final BitField HANDLE = field(ERROR, "FH");
    public static final BitField WRITE = field(ERROR, "RW");
    public static final BitField QUALIFIER = field(ERROR, "Q");
    public static final BitField MESSAGE_VECTOR = field(ERROR, "MVN");
    public static final BitField TABLE_TYPE = field(ERROR, "ETT");
    public static final BitField FUNCTION = field(ERROR, "FID");
    public static final BitField ADDRESS = field(ERROR, "FADDR");
    public static final BitField CODE = field(ERROR, "PEC");

    private EventBlock() {
    }
}
