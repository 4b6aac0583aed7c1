// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.inspect;

import java.util.List;
import java.util.stream.Stream;

import org.sluice.api.RegisterValue;
import org.sluice.api.layout.FieldValue;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.state.DeviceConfig;

/** The configuration space, field by field at its offset in the device's configuration structure, and the feature bits. Stateless. */
final class ConfigRegisters {
    /** driver_feature in the common configuration structure of virtio-pci; it lies in another structure than the rest. */
    private static final int FEATURES_OFFSET = 12;

    private ConfigRegisters() {
    }

    static List<RegisterValue> of(DeviceConfig config) {
        Long inputStart = config.inputRange() == null ? null : config.inputRange().start();
        Long inputEnd = config.inputRange() == null ? null : config.inputRange().last();
        Long domainStart = config.domains() == null ? null : config.domains().start();
        Long domainEnd = config.domains() == null ? null : config.domains().last();
        List<FieldValue> features = config.features() == null ? List.of() : ConfigSpace.FEATURES.decode(List.of(config.features()));
        return List.of(
                field("page_size_mask", config.pageSizeMask()),
                field("input_range.start", inputStart),
                field("input_range.end", inputEnd),
                field("domain_range.start", domainStart),
                field("domain_range.end", domainEnd),
                field("probe_size", config.probeSize()),
                field("bypass", config.bypass()),
                new RegisterValue("common.driver_feature", FEATURES_OFFSET, Long.SIZE, Stream.ofNullable(config.features()).toList(), features));
    }

    private static RegisterValue field(String name, Long value) {
        var field = ConfigSpace.CONFIG.field(name).orElseThrow();
        // A field that is the whole register says nothing more than its value, unless the value has a name.
        List<FieldValue> decoded = value == null || field.meaningOf(value).isEmpty() ? List.of()
                : List.of(new FieldValue(field, value, field.meaningOf(value)));
        return new RegisterValue(name, field.low() / Byte.SIZE, Math.max(field.width(), Integer.SIZE), Stream.ofNullable(value).toList(), decoded);
    }
}
