// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/**
 * Invalidation queue descriptors (section 6.5.2) and page requests (section 7, page request descriptor). Of 256-bit descriptors the
 * upper two words must be zero. Bits 11:9 extend the type and are zero for all types here.
 */
public final class QueueDescriptors {
    public static final int NARROW_BYTES = 16;
    public static final int WIDE_BYTES = 32;

    private static final String CLAUSE = "section 6.5.2, ";
    private static final Map<Long, String> SCOPES = Map.of(1L, "global", 2L, "domain", 3L, "device");
    private static final Map<Long, String> IOTLB_SCOPES = Map.of(1L, "global", 2L, "domain", 3L, "pages");

    public static final StructureLayout CONTEXT_CACHE = descriptor("context-cache-invalidate", 1, "Context-cache invalidate descriptor")
            .value("G", 5, 4, "scope", SCOPES)
            .reserved(8, 6).reserved(15, 12)
            .value("DID", 31, 16, "domain id")
            .value("SID", 47, 32, "source id")
            .value("FM", 49, 48, "source id bits ignored", Map.of(0L, "none", 1L, "bit 2", 2L, "bits 2:1", 3L, "bits 2:0"))
            .reserved(63, 50).reserved(127, 64)
            .build();

    public static final StructureLayout IOTLB = descriptor("iotlb-invalidate", 2, "IOTLB invalidate descriptor")
            .value("G", 5, 4, "scope", IOTLB_SCOPES)
            .flag("DW", 6, "drain writes")
            .flag("DR", 7, "drain reads")
            .reserved(8, 8).reserved(15, 12)
            .value("DID", 31, 16, "domain id")
            .reserved(63, 32)
            .value("AM", 69, 64, "2^AM pages")
            .flag("IH", 70, "only leaves changed")
            .reserved(75, 71)
            .address("ADDR", 127, 76, "first page")
            .build();

    public static final StructureLayout DEVICE_TLB = descriptor("device-tlb-invalidate", 3, "Device-TLB invalidate descriptor")
            .reserved(8, 4)
            .value("PFSIDL", 15, 12, "physical function 3:0")
            .value("MIP", 20, 16, "invalidations that the device takes at once")
            .reserved(31, 21)
            .value("SID", 47, 32, "source id")
            .reserved(51, 48)
            .value("PFSIDH", 63, 52, "physical function 15:4")
            .flag("S", 64, "the address codes a size")
            .reserved(75, 65)
            .address("ADDR", 127, 76, "pages")
            .build();

    public static final StructureLayout INTERRUPT_CACHE = descriptor("interrupt-cache-invalidate", 4, "Interrupt entry cache invalidate descriptor")
            .value("G", 4, 4, "scope", Map.of(0L, "global", 1L, "index"))
            .reserved(8, 5).reserved(26, 12)
            .value("IM", 31, 27, "2^IM entries")
            .value("IIDX", 47, 32, "first entry")
            .reserved(63, 48).reserved(127, 64)
            .build();

    public static final StructureLayout WAIT = descriptor("invalidation-wait", 5, "Invalidation wait descriptor")
            .flag("IF", 4, "raise the completion event")
            .flag("SW", 5, "write status data")
            .flag("FN", 6, "later descriptors wait for this one")
            .flag("PD", 7, "drain page requests")
            .reserved(8, 8).reserved(31, 12)
            .value("STATUS", 63, 32, "status data")
            .reserved(65, 64)
            .address("ADDR", 127, 66, "where status data goes")
            .build();

    public static final StructureLayout PASID_IOTLB = descriptor("pasid-iotlb-invalidate", 6, "PASID-based IOTLB invalidate descriptor")
            .value("G", 5, 4, "scope", Map.of(2L, "all of the PASID", 3L, "pages"))
            .reserved(8, 6).reserved(15, 12)
            .value("DID", 31, 16, "domain id")
            .value("PASID", 51, 32, "PASID")
            .reserved(63, 52)
            .value("AM", 69, 64, "2^AM pages")
            .flag("IH", 70, "only leaves changed")
            .reserved(75, 71)
            .address("ADDR", 127, 76, "first page")
            .build();

    public static final StructureLayout PASID_CACHE = descriptor("pasid-cache-invalidate", 7, "PASID-cache invalidate descriptor")
            .value("G", 5, 4, "scope", Map.of(0L, "domain", 1L, "PASID", 3L, "global"))
            .reserved(8, 6).reserved(15, 12)
            .value("DID", 31, 16, "domain id")
            .value("PASID", 51, 32, "PASID")
            .reserved(63, 52).reserved(127, 64)
            .build();

    /** MIP is bits 8:4 here, below the type's extension. */
    public static final StructureLayout PASID_DEVICE_TLB = descriptor("pasid-device-tlb-invalidate", 8,
                    "PASID-based device-TLB invalidate descriptor")
            .value("MIP", 8, 4, "invalidations that the device takes at once")
            .value("PFSIDL", 15, 12, "physical function 3:0")
            .value("SID", 31, 16, "source id")
            .value("PASID", 51, 32, "PASID")
            .value("PFSIDH", 63, 52, "physical function 15:4")
            .flag("G", 64, "all PASIDs")
            .reserved(74, 65)
            .flag("S", 75, "the address codes a size")
            .address("ADDR", 127, 76, "pages")
            .build();

    public static final StructureLayout PAGE_RESPONSE = descriptor("page-group-response", 9, "Page group response descriptor")
            .flag("PP", 4, "PASID is valid")
            .reserved(8, 5)
            .value("CODE", 15, 12, "answer", Map.of(0L, "success", 1L, "invalid request", 15L, "failure"))
            .value("RID", 31, 16, "requester id")
            .value("PASID", 51, 32, "PASID")
            .reserved(63, 52).reserved(65, 64)
            .flag("LPIG", 66, "last page in its group")
            .value("PRGI", 75, 67, "page request group index")
            .reserved(127, 76)
            .build();

    /** A descriptor whose type is none of the above. */
    public static final StructureLayout UNKNOWN = Vtd.structure("queue-descriptor", 128,
                    "Invalidation descriptor of any type", CLAUSE + "descriptors")
            .value("TYPE", 3, 0, "type")
            .value("TYPEH", 11, 9, "type extension")
            .build();

    public static final List<StructureLayout> BY_TYPE = List.of(CONTEXT_CACHE, IOTLB, DEVICE_TLB, INTERRUPT_CACHE, WAIT, PASID_IOTLB,
            PASID_CACHE, PASID_DEVICE_TLB, PAGE_RESPONSE);

    public static final StructureLayout PAGE_REQUEST = Vtd.structure("page-request", 256, "Page request", "section 7, page request descriptor")
            .value("TYPE", 7, 0, "1: page request")
            .flag("PP", 8, "PASID is valid")
            .reserved(15, 9)
            .value("RID", 31, 16, "requester id")
            .value("PASID", 51, 32, "PASID")
            .flag("EXE", 52, "execution asked for")
            .flag("PRIV", 53, "privileged")
            .reserved(63, 54)
            .flag("R", 64, "read asked for")
            .flag("W", 65, "write asked for")
            .flag("LPIG", 66, "last page in its group")
            .value("PRGI", 75, 67, "page request group index")
            .address("ADDR", 127, 76, "page")
            .value("PRIVATE0", 191, 128, "private data")
            .value("PRIVATE1", 255, 192, "private data")
            .build();

    public static final BitField TYPE = field(UNKNOWN, "TYPE");
    public static final BitField TYPE_HIGH = field(UNKNOWN, "TYPEH");
    /** All bits that tell the type. */
    public static final long TYPE_BITS = TYPE.put(-1) | TYPE_HIGH.put(-1);

    /** At the same place in all descriptors that have it, but for interrupts. */
    public static final BitField SCOPE = field(IOTLB, "G");
    /** At the same place in all descriptors that have it. */
    public static final BitField DOMAIN = field(IOTLB, "DID");
    public static final BitField CONTEXT_SOURCE = field(CONTEXT_CACHE, "SID");
    public static final BitField CONTEXT_MASK = field(CONTEXT_CACHE, "FM");
    public static final BitField PASID = field(PASID_CACHE, "PASID");
    public static final BitField ADDRESS_MASK = field(IOTLB, "AM");
    public static final BitField ADDRESS = field(IOTLB, "ADDR");
    public static final BitField INTERRUPT_MASK = field(INTERRUPT_CACHE, "IM");
    /** In invalidations of interrupt entries: one index and those behind it, or all. */
    public static final BitField INTERRUPT_SCOPE = field(INTERRUPT_CACHE, "G");
    public static final BitField INTERRUPT_INDEX = field(INTERRUPT_CACHE, "IIDX");
    public static final BitField DEVICE_SOURCE = field(DEVICE_TLB, "SID");
    public static final BitField DEVICE_SIZED = field(DEVICE_TLB, "S");
    public static final BitField PASID_DEVICE_SOURCE = field(PASID_DEVICE_TLB, "SID");
    public static final BitField PASID_DEVICE_SIZED = field(PASID_DEVICE_TLB, "S");
    public static final BitField PASID_DEVICE_ALL = field(PASID_DEVICE_TLB, "G");
    public static final BitField RESPONSE_TAGGED = field(PAGE_RESPONSE, "PP");
    public static final BitField RESPONSE_CODE = field(PAGE_RESPONSE, "CODE");
    public static final BitField RESPONSE_SOURCE = field(PAGE_RESPONSE, "RID");
    /** In page requests and responses alike. */
    public static final BitField GROUP = field(PAGE_RESPONSE, "PRGI");
    public static final BitField GROUP_LAST = field(PAGE_RESPONSE, "LPIG");
    public static final BitField REQUEST_TYPE = field(PAGE_REQUEST, "TYPE");
    public static final BitField REQUEST_TAGGED = field(PAGE_REQUEST, "PP");
    public static final BitField REQUEST_SOURCE = field(PAGE_REQUEST, "RID");
    public static final BitField REQUEST_PASID = field(PAGE_REQUEST, "PASID");
    public static final BitField REQUEST_EXECUTE = field(PAGE_REQUEST, "EXE");
    public static final BitField WAIT_INTERRUPT = field(WAIT, "IF");
    public static final BitField WAIT_WRITE = field(WAIT, "SW");
    public static final BitField WAIT_DRAIN = field(WAIT, "PD");
    public static final BitField WAIT_STATUS = field(WAIT, "STATUS");
    public static final BitField WAIT_ADDRESS = field(WAIT, "ADDR");

    private QueueDescriptors() {
    }

    /** The first word of a descriptor with nothing but its type. */
    public static long type(StructureLayout descriptor) {
        return TYPE.put(BY_TYPE.indexOf(descriptor) + 1);
    }

    /** The layout of a descriptor by its first word. */
    public static StructureLayout of(long word) {
        int type = typeOf(word);
        return type == 0 ? UNKNOWN : BY_TYPE.get(type - 1);
    }

    /** The type in a descriptor's first word, from 1 on as {@link #BY_TYPE} has them; 0 for one that is none of these. */
    public static int typeOf(long word) {
        int type = (int) TYPE.get(word);
        return TYPE_HIGH.get(word) == 0 && type <= BY_TYPE.size() ? type : 0;
    }

    private static LayoutBuilder descriptor(String name, int type, String title) {
        return Vtd.structure(name, 128, title, CLAUSE + name)
                .value("TYPE", 3, 0, "type " + type)
                .value("TYPEH", 11, 9, "type extension, zero");
    }
}
