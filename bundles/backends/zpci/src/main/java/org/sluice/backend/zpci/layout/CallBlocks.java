// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Blocks of Call Logical Processor for PCI: a request of 32 bytes, and the response right behind it. */
public final class CallBlocks {
    public static final int LIST = 2;
    public static final int QUERY_FUNCTION = 3;
    public static final int QUERY_GROUP = 4;
    public static final int SET_FUNCTION = 5;

    public static final int REQUEST_BYTES = 32;
    /** Header of a list before its entries. */
    public static final int LIST_BYTES = 32;
    public static final int ENTRY_BYTES = 16;
    public static final int FUNCTION_BYTES = 192;
    public static final int GROUP_BYTES = 64;
    public static final int SET_BYTES = 32;
    /** Operation of {@link #SET_FUNCTION}. */
    public static final int ENABLE = 0;
    public static final int DISABLE = 1;

    private static final Map<Long, String> COMMANDS =
            Map.of((long) LIST, "list functions", (long) QUERY_FUNCTION, "query function", (long) QUERY_GROUP, "query group", (long) SET_FUNCTION, "set function");
    private static final String CLAUSE = "call logical processor";

    public static final StructureLayout REQUEST = request("clp-request", "What all requests begin with").build();
    public static final StructureLayout RESPONSE = response("clp-response", 128, "What all responses begin with").build();

    public static final StructureLayout LIST_REQUEST = wider("clp-list-request", "List PCI functions")
            .value("TOKEN", 191, 128, "0, or where the last list ended")
            .reserved(255, 192)
            .build();
    public static final StructureLayout LIST_RESPONSE = response("clp-list-response", 256, "List of PCI functions, before its entries")
            .value("TOKEN", 191, 128, "0, or where to go on")
            .value("ENTRY", 199, 192, "bytes of an entry")
            .value("FLAGS", 207, 200, "bit 0: user-defined ids are unique")
            .value("MAX", 223, 208, "most functions there can be")
            .reserved(255, 224)
            .build();
    public static final StructureLayout LIST_ENTRY = Zpci.structure("clp-list-entry", 128, "A function in the list", CLAUSE)
            .reserved(30, 0)
            .flag("C", 31, "configured; standby without")
            .value("VENDOR", 47, 32, "vendor id")
            .value("DEVICE", 63, 48, "device id")
            .value("FH", 95, 64, "function handle")
            .value("FID", 127, 96, "function id")
            .build();

    public static final StructureLayout FUNCTION_REQUEST = wider("clp-query-function", "Query PCI function")
            .reserved(159, 128)
            .value("FH", 191, 160, "function handle")
            .reserved(255, 192)
            .build();
    /** Without the utility string at its end. */
    public static final StructureLayout FUNCTION_RESPONSE = response("clp-function", 1024, "What a function is")
            .value("FID", 159, 128, "function id")
            .value("PFGID", 167, 160, "function group")
            .value("FLAGS", 175, 168, "bit 0: there is a utility string")
            .value("VFN", 191, 176, "number of the virtual function")
            .value("PCHID", 207, 192, "physical channel")
            .value("BARSIZE", 255, 208, "log2 of the sizes of the six BARs")
            .value("BAR01", 319, 256, "BARs 0 and 1")
            .value("BAR23", 383, 320, "BARs 2 and 3")
            .value("BAR45", 447, 384, "BARs 4 and 5")
            .value("PFT", 455, 448, "function type")
            .value("FMBL", 463, 456, "length of the measurement block in units of 16 bytes")
            .reserved(479, 464)
            .value("PFIP", 511, 480, "internal path")
            .value("SDMA", 575, 512, "first usable DMA address")
            .value("EDMA", 639, 576, "last usable DMA address")
            .reserved(959, 640)
            .value("UID", 991, 960, "user-defined id")
            .reserved(1023, 992)
            .build();

    public static final StructureLayout GROUP_REQUEST = wider("clp-query-group", "Query PCI function group")
            .reserved(159, 128)
            .value("PFGID", 167, 160, "function group")
            .reserved(255, 168)
            .build();
    public static final StructureLayout GROUP_RESPONSE = response("clp-group", 512, "What functions of a group have in common")
            .value("MUI", 143, 128, "interval of measurement updates")
            .value("MAXSTBL", 156, 144, "longest store block")
            .reserved(159, 157)
            .flag("REFRESH", 160, "translations must be refreshed also when they become valid")
            .flag("FRAME", 161, "frames larger than a page may be mapped")
            .ignored(164, 162)
            .flag("RTR", 165, "an address space may do without translation (T=0)")
            .ignored(167, 166)
            .value("VERSION", 175, 168, "version")
            .value("NOI", 187, 176, "number of interrupts")
            .reserved(191, 188)
            .ignored(247, 192)
            .value("DTSM", 255, 248, "designation types supported, type 0 at the highest bit")
            .value("DASM", 319, 256, "DMA address spaces")
            .value("MSIA", 383, 320, "message address")
            .reserved(511, 384)
            .build();

    public static final StructureLayout SET_REQUEST = wider("clp-set-function", "Set PCI function")
            .value("NDAS", 135, 128, "number of DMA address spaces")
            .value("OC", 143, 136, "operation", Map.of((long) ENABLE, "enable", (long) DISABLE, "disable"))
            .reserved(159, 144)
            .value("FH", 191, 160, "function handle")
            .reserved(255, 192)
            .build();
    public static final StructureLayout SET_RESPONSE = response("clp-set-response", 256, "What became of a function")
            .reserved(159, 128)
            .value("FH", 191, 160, "its handle from now on")
            .reserved(255, 192)
            .build();

    public static final BitField LENGTH = field(REQUEST, "LEN");
    public static final BitField COMMAND = field(REQUEST, "CMD");
    public static final BitField FORMAT = field(REQUEST, "FMT");
    public static final BitField CODE = field(RESPONSE, "RSP");
    public static final BitField CONFIGURED = field(LIST_ENTRY, "C");
    public static final BitField ENTRY_HANDLE = field(LIST_ENTRY, "FH");
    public static final BitField ENTRY_FUNCTION = field(LIST_ENTRY, "FID");
    public static final BitField MOST_FUNCTIONS = field(LIST_RESPONSE, "MAX");
    public static final BitField ENTRY_SIZE = field(LIST_RESPONSE, "ENTRY");
    /** In all requests and responses that have a handle. */
    public static final BitField HANDLE = field(SET_REQUEST, "FH");
    public static final BitField OPERATION = field(SET_REQUEST, "OC");
    public static final BitField SPACES = field(SET_REQUEST, "NDAS");
    /** In the request and in the response. */
    public static final BitField GROUP = field(FUNCTION_RESPONSE, "PFGID");
    public static final BitField FUNCTION = field(FUNCTION_RESPONSE, "FID");
    public static final BitField MEASUREMENT_LENGTH = field(FUNCTION_RESPONSE, "FMBL");
    public static final BitField FIRST_DMA = field(FUNCTION_RESPONSE, "SDMA");
    public static final BitField LAST_DMA = field(FUNCTION_RESPONSE, "EDMA");
    public static final BitField REFRESH = field(GROUP_RESPONSE, "REFRESH");
    public static final BitField FRAMES = field(GROUP_RESPONSE, "FRAME");
    public static final BitField RELAXED = field(GROUP_RESPONSE, "RTR");
    public static final BitField INTERRUPTS = field(GROUP_RESPONSE, "NOI");
    public static final BitField DESIGNATIONS = field(GROUP_RESPONSE, "DTSM");
    public static final BitField SPACE_MASK = field(GROUP_RESPONSE, "DASM");
    public static final BitField MESSAGE_ADDRESS = field(GROUP_RESPONSE, "MSIA");

    private CallBlocks() {
    }

    private static LayoutBuilder request(String name, String title) {
        return header(Zpci.structure(name, 128, title, CLAUSE));
    }

    private static LayoutBuilder wider(String name, String title) {
        return header(Zpci.structure(name, 256, title, CLAUSE));
    }

    private static LayoutBuilder header(LayoutBuilder layout) {
        return layout.reserved(27, 0)
                .value("FMT", 31, 28, "format; 0")
                .value("CMD", 47, 32, "command", COMMANDS)
                .value("LEN", 63, 48, "bytes of the request")
                .reserved(127, 64);
    }

    private static LayoutBuilder response(String name, int bits, String title) {
        return Zpci.structure(name, bits, title, CLAUSE)
                .reserved(27, 0)
                .value("FMT", 31, 28, "format; 0")
                .value("RSP", 47, 32, "response code", CallResponse.NAMES)
                .value("LEN", 63, 48, "room for the response, then its bytes")
                .reserved(127, 64);
    }

    public static List<StructureLayout> layouts() {
        return List.of(REQUEST, RESPONSE, LIST_REQUEST, LIST_RESPONSE, LIST_ENTRY, FUNCTION_REQUEST, FUNCTION_RESPONSE, GROUP_REQUEST,
                GROUP_RESPONSE, SET_REQUEST, SET_RESPONSE);
    }
}
