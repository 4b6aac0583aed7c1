// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

import static org.sluice.backend.virtio.layout.Virtio.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Feature bits and the device's configuration space (40 bytes). */
public final class ConfigSpace {
    public static final StructureLayout FEATURES = Virtio.structure("features", 64, "Feature bits", "Feature bits")
            .flag("INPUT_RANGE", 0, "input_range is valid")
            .flag("DOMAIN_RANGE", 1, "domain_range is valid")
            .flag("MAP_UNMAP", 2, "MAP and UNMAP requests")
            .flag("BYPASS", 3, "endpoints that are not attached bypass the unit, if negotiated")
            .flag("PROBE", 4, "PROBE request")
            .flag("MMIO", 5, "MMIO flag of MAP")
            .flag("BYPASS_CONFIG", 6, "bypass field, and the bypass flag of ATTACH")
            .ignored(23, 7)
            .flag("NOTIFY_ON_EMPTY", 24, "legacy")
            .ignored(26, 25)
            .flag("ANY_LAYOUT", 27, "legacy")
            .flag("INDIRECT_DESC", 28, "indirect descriptors")
            .flag("EVENT_IDX", 29, "event index in the rings")
            .ignored(31, 30)
            .flag("VERSION_1", 32, "not a legacy device")
            .flag("ACCESS_PLATFORM", 33, "the rings themselves lie behind a unit")
            .flag("RING_PACKED", 34, "packed rings")
            .flag("IN_ORDER", 35, "buffers are used in order")
            .flag("ORDER_PLATFORM", 36, "memory ordering of the platform")
            .ignored(39, 37)
            .flag("RING_RESET", 40, "queues are reset one by one")
            .ignored(63, 41)
            .build();

    public static final StructureLayout CONFIG = Virtio.structure("config", 320, "Configuration space", "Device configuration layout")
            .value("page_size_mask", 63, 0, "supported page sizes; the lowest set bit is the granule")
            .value("input_range.start", 127, 64, "first address that can be mapped")
            .value("input_range.end", 191, 128, "last address that can be mapped")
            .value("domain_range.start", 223, 192, "first domain id")
            .value("domain_range.end", 255, 224, "last domain id")
            .value("probe_size", 287, 256, "bytes of properties in a PROBE reply")
            .value("bypass", 295, 288, "what happens to endpoints that are not attached", Map.of(0L, "blocked", 1L, "bypass"))
            .reserved(319, 296)
            .build();

    public static final BitField BYPASS = field(FEATURES, "BYPASS");
    public static final BitField MAP_UNMAP = field(FEATURES, "MAP_UNMAP");
    public static final BitField PROBE = field(FEATURES, "PROBE");
    public static final BitField MMIO = field(FEATURES, "MMIO");
    public static final BitField BYPASS_CONFIG = field(FEATURES, "BYPASS_CONFIG");
    public static final BitField INDIRECT_DESC = field(FEATURES, "INDIRECT_DESC");
    public static final BitField VERSION_1 = field(FEATURES, "VERSION_1");
    public static final BitField RING_PACKED = field(FEATURES, "RING_PACKED");

    public static final BitField PAGE_SIZE_MASK = field(CONFIG, "page_size_mask");
    public static final BitField INPUT_START = field(CONFIG, "input_range.start");
    public static final BitField INPUT_LAST = field(CONFIG, "input_range.end");
    public static final BitField DOMAIN_START = field(CONFIG, "domain_range.start");
    public static final BitField DOMAIN_LAST = field(CONFIG, "domain_range.end");
    public static final BitField PROBE_SIZE = field(CONFIG, "probe_size");
    public static final BitField BYPASS_FIELD = field(CONFIG, "bypass");
    public static final BitField INPUT_RANGE = field(FEATURES, "INPUT_RANGE");
    public static final BitField DOMAIN_RANGE = field(FEATURES, "DOMAIN_RANGE");

    private ConfigSpace() {
    }
}
