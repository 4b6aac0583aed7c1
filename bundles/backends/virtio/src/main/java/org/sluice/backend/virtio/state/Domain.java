// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/** One domain: its mappings, or bypass. Not thread-safe; changed by {@link DeviceState} alone. */
public final class Domain implements TableView {
    /** The MMIO bit of a MAP request's flags. */
    public static final int MMIO = 1 << RequestLayouts.MAP_MMIO.low() - RequestLayouts.MAP_READ.low();
    private static final String MEMORY_TYPE_MMIO = "mmio";

    private final long id;
    private final boolean bypass;
    private final boolean partial;
    private final IntervalMap mappings;
    private final List<Endpoint> endpoints = new ArrayList<>();

    public Domain(long id, boolean bypass) {
        this(id, bypass, false, new IntervalMap());
    }

    private Domain(long id, boolean bypass, boolean partial, IntervalMap mappings) {
        this.id = id;
        this.bypass = bypass;
        this.partial = partial;
        this.mappings = mappings;
    }

    /** A domain of which only some mappings are known: where it has none, nothing can be said. */
    static Domain partial(long id, boolean bypass) {
        return new Domain(id, bypass, true, new IntervalMap());
    }

    /** The same domain without endpoints. */
    Domain copy() {
        return new Domain(id, bypass, partial, mappings.copy());
    }

    public long id() {
        return id;
    }

    /** Whether addresses of its endpoints go out unchanged. */
    public boolean isBypass() {
        return bypass;
    }

    /** Whether it may have mappings that are not known. */
    public boolean isPartial() {
        return partial;
    }

    public IntervalMap mappings() {
        return mappings;
    }

    public List<Endpoint> endpoints() {
        return List.copyOf(endpoints);
    }

    /** How many endpoints it has. */
    public int size() {
        return endpoints.size();
    }

    /** Id of its i-th endpoint. */
    public long memberId(int i) {
        return endpoints.get(i).id();
    }

    List<Endpoint> members() {
        return endpoints;
    }

    @Override
    public long identity() {
        return id;
    }

    @Override
    public void visit(MappingSink sink) {
        boolean going = true;
        for (long at = mappings.first(); at != IntervalMap.NONE && going; at = mappings.next(at)) {
            int flags = mappings.flags(at);
            if (permissions(flags) != 0) {
                String type = (flags & MMIO) != 0 ? MEMORY_TYPE_MMIO : "";
                going = sink.mapping(mappings.start(at), mappings.last(at), mappings.output(at), permissions(flags), type);
            }
        }
    }

    /** What the flags of a MAP request allow, as {@link Permissions}. */
    public static int permissions(int flags) {
        return flags & Permissions.READ_WRITE;
    }
}
