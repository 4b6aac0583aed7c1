// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.util.AbstractList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;

import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;

/** A device's state in the words of a capture, of which {@link DescribedState} makes the same state again. */
public final class StateDescription {
    private StateDescription() {
    }

    /** @param state not changed any more while the description is in use */
    public static Attributes of(DeviceState state) {
        Map<String, Object> unit = new LinkedHashMap<>();
        unit.put("config", config(state.config()));
        unit.put("features", hex(state.config().features()));
        unit.put("domains", state.domains().stream().map(StateDescription::domain).toList());
        unit.put("endpoints", state.endpoints().stream().map(StateDescription::endpoint).toList());
        return new Attributes(unit);
    }

    private static Map<String, Object> config(DeviceConfig config) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("pageSizeMask", hex(config.pageSizeMask()));
        fields.put("inputRange", config.inputRange() == null ? null : range(config.inputRange()));
        fields.put("domainRange", config.domains() == null ? null : Map.of("first", config.domains().start(), "last", config.domains().last()));
        fields.put("probeSize", config.probeSize());
        fields.put("bypass", config.bypass());
        return fields;
    }

    private static Map<String, Object> domain(Domain domain) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", domain.id());
        if (domain.isBypass()) {
            fields.put("bypass", true);
        }
        if (domain.isPartial()) {
            fields.put("partial", true);
        }
        fields.put("mappings", new Mappings(domain.mappings()));
        return fields;
    }

    private static Map<String, Object> endpoint(Endpoint endpoint) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", Hex.of(endpoint.id()));
        fields.put("device", endpoint.device().toString());
        fields.put("domain", endpoint.domain() == null ? null : endpoint.domain().id());
        fields.put("reservedRegions", endpoint.regions().stream().map(region -> {
            Map<String, Object> range = range(region.range());
            range.put("type", region.msi() ? "msi" : "reserved");
            return range;
        }).toList());
        return fields;
    }

    private static Map<String, Object> range(AddressRange range) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("start", Hex.of(range.start()));
        fields.put("last", Hex.of(range.last()));
        return fields;
    }

    private static String hex(Long number) {
        return number == null ? null : Hex.of(number);
    }

    /** Mappings by the million, made one by one while somebody goes through them; by index they are slow. */
    private static final class Mappings extends AbstractList<Object> {
        private final IntervalMap map;

        Mappings(IntervalMap map) {
            this.map = map;
        }

        @Override
        public int size() {
            return map.size();
        }

        @Override
        public Object get(int index) {
            if (index < 0 || index >= size()) {
                throw new IndexOutOfBoundsException(index);
            }
            long at = map.first();
            for (int i = 0; i < index; i++) {
                at = map.next(at);
            }
            return mapping(at);
        }

        @Override
        public Iterator<Object> iterator() {
            return new Iterator<>() {
                private long at = map.first();

                @Override
                public boolean hasNext() {
                    return at != IntervalMap.NONE;
                }

                @Override
                public Object next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    Object mapping = mapping(at);
                    at = map.next(at);
                    return mapping;
                }
            };
        }

        private Object mapping(long at) {
            Map<String, Object> fields = range(new AddressRange(map.start(at), map.last(at)));
            fields.put("phys", Hex.of(map.output(at)));
            fields.put("flags", Hex.of(map.flags(at)));
            return fields;
        }
    }
}
