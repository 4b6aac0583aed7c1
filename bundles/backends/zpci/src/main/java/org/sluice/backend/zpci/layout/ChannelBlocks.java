// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** The block of Channel Subsystem Call, command store event information, through which events of functions come. */
public final class ChannelBlocks {
    public static final int STORE_EVENT = 0x000e;
    public static final int BLOCK_BYTES = 4096;
    public static final int REQUEST_BYTES = 16;
    /** Where the event itself begins. */
    public static final int EVENT_OFFSET = 80;
    public static final int EVENT_BYTES = 32;
    public static final int RESPONSE_BYTES = 8;
    /** Response codes. */
    public static final int STORED = 1;
    public static final int NOT_PROVIDED = 4;
    public static final int NO_EVENT = 5;
    /** Notification type of events about PCI. */
    public static final int PCI = 2;
    /** Content codes. */
    public static final int ERROR = 1;
    public static final int AVAILABILITY = 2;

    public static final StructureLayout EVENT_INFORMATION =
            Zpci.structure("chsc-event-information", 256, "Store event information, before the event", "error events")
            .reserved(31, 0)
            .value("CMD", 47, 32, "command; 0xe")
            .value("LEN", 63, 48, "bytes of the request")
            .ignored(124, 64)
            .flag("NT2", 125, "events about PCI are wanted")
            .ignored(127, 126)
            .value("NT", 135, 128, "notification type; 2 is PCI")
            .reserved(159, 136)
            .value("RSP", 175, 160, "response code; 1 stored, 5 there is none")
            .value("RLEN", 191, 176, "bytes of the response")
            .reserved(223, 192)
            .value("CONTENT", 231, 224, "1 error, 2 availability")
            .reserved(254, 232)
            .flag("P", 255, "more events wait")
            .build();

    public static final BitField COMMAND = field(EVENT_INFORMATION, "CMD");
    public static final BitField LENGTH = field(EVENT_INFORMATION, "LEN");
    public static final BitField WANT_PCI = field(EVENT_INFORMATION, "NT2");
    public static final BitField TYPE = field(EVENT_INFORMATION, "NT");
    public static final BitField RESPONSE = field(EVENT_INFORMATION, "RSP");
    public static final BitField RESPONSE_LENGTH = field(EVENT_INFORMATION, "RLEN");
    public static final BitField CONTENT = field(EVENT_INFORMATION, "CONTENT");
    public static final BitField MORE = field(EVENT_INFORMATION, "P");

    private ChannelBlocks() {
    }
}
