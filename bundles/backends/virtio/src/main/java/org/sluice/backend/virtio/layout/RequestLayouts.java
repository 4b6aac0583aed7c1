// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

import static org.sluice.backend.virtio.layout.Virtio.field;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Requests as the driver writes them (the readable part) and the tail that the device writes. */
public final class RequestLayouts {
    public static final int ATTACH_TYPE = 1;
    public static final int DETACH_TYPE = 2;
    public static final int MAP_TYPE = 3;
    public static final int UNMAP_TYPE = 4;
    public static final int PROBE_TYPE = 5;
    public static final int TAIL_BYTES = 4;

    private static final Map<Long, String> TYPES = Map.of(1L, "ATTACH", 2L, "DETACH", 3L, "MAP", 4L, "UNMAP", 5L, "PROBE");

    public static final StructureLayout HEAD = head("request-head", 32, "Head of every request", "Device operations").build();

    public static final StructureLayout ATTACH = head("attach", 160, "ATTACH: an endpoint joins a domain", "ATTACH request")
            .value("domain", 63, 32, "domain id")
            .value("endpoint", 95, 64, "endpoint id")
            .flag("BYPASS", 96, "the domain is one of bypass")
            .reserved(159, 97)
            .build();

    public static final StructureLayout DETACH = head("detach", 160, "DETACH: an endpoint leaves its domain", "DETACH request")
            .value("domain", 63, 32, "domain id")
            .value("endpoint", 95, 64, "endpoint id")
            .ignored(159, 96)
            .build();

    public static final StructureLayout MAP = head("map", 288, "MAP: an interval of a domain", "MAP request")
            .value("domain", 63, 32, "domain id")
            .address("virt_start", 127, 64, "first input address")
            .address("virt_end", 191, 128, "last input address")
            .address("phys_start", 255, 192, "output of the first address")
            .flag("READ", 256, "reads allowed")
            .flag("WRITE", 257, "writes allowed")
            .flag("MMIO", 258, "the output is no memory")
            .reserved(287, 259)
            .build();

    public static final StructureLayout UNMAP = head("unmap", 224, "UNMAP: all mappings of a domain within an interval", "UNMAP request")
            .value("domain", 63, 32, "domain id")
            .address("virt_start", 127, 64, "first input address")
            .address("virt_end", 191, 128, "last input address")
            .reserved(223, 192)
            .build();

    public static final StructureLayout PROBE = head("probe", 576, "PROBE: asks for an endpoint's properties", "PROBE request")
            .value("endpoint", 63, 32, "endpoint id")
            .ignored(575, 64)
            .build();

    public static final StructureLayout TAIL = Virtio.structure("request-tail", 32, "Tail of every request, written by the device", "Device operations")
            .value("status", 7, 0, "outcome", Arrays.stream(Status.values()).collect(Collectors.toMap(s -> (long) s.code(), Status::name)))
            .reserved(31, 8)
            .build();

    public static final StructureLayout PROPERTY = Virtio.structure("property-head", 32, "Head of a property in a PROBE reply", "PROBE properties")
            .value("type", 11, 0, "kind; 0 ends the list", Map.of(0L, "NONE", 1L, "RESV_MEM"))
            .reserved(15, 12)
            .value("length", 31, 16, "bytes that follow")
            .build();

    public static final StructureLayout RESV_MEM = Virtio.structure("property-resv-mem", 192, "Property: a reserved region", "Property RESV_MEM")
            .value("type", 11, 0, "1")
            .reserved(15, 12)
            .value("length", 31, 16, "20")
            .value("subtype", 39, 32, "use of the region", Map.of(0L, "RESERVED", 1L, "MSI"))
            .reserved(63, 40)
            .address("start", 127, 64, "first address")
            .address("end", 191, 128, "last address")
            .build();

    public static final BitField TYPE = field(HEAD, "type");
    public static final BitField MAP_READ = field(MAP, "READ");
    public static final BitField MAP_WRITE = field(MAP, "WRITE");
    public static final BitField MAP_MMIO = field(MAP, "MMIO");

    private RequestLayouts() {
    }

    /** The layout of a request type, or null. */
    public static StructureLayout of(int type) {
        return switch (type) {
            case ATTACH_TYPE -> ATTACH;
            case DETACH_TYPE -> DETACH;
            case MAP_TYPE -> MAP;
            case UNMAP_TYPE -> UNMAP;
            case PROBE_TYPE -> PROBE;
            default -> null;
        };
    }

    private static LayoutBuilder head(String name, int bits, String title, String clause) {
        return Virtio.structure(name, bits, title, clause).value("type", 7, 0, "request type", TYPES).reserved(31, 8);
    }
}
