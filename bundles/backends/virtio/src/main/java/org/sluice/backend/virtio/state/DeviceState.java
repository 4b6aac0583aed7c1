// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

import org.sluice.api.Permissions;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.kit.interval.IntervalMap;

/**
 * The device: known endpoints, domains with their mappings, and what each request does to them, in the order of checks that the
 * specification gives. A request that fails changes nothing. Not thread-safe.
 */
public final class DeviceState {
    private final TreeMap<Long, Endpoint> endpoints = new TreeMap<>();
    private final TreeMap<Long, Domain> domains = new TreeMap<>();
    private final Limits limits;
    private DeviceConfig config;
    /** What each request is held against, out of the configuration: whether there are any, known flags, granule, addresses. */
    private boolean maps;
    private int knownFlags;
    private long granuleMask;
    private long firstInput;
    private long lastInput;
    private int mappings;
    /** The domain that the last request named, if it is still there. */
    private Domain recent;

    /** What the device has room for; beyond it answers NOMEM. */
    public record Limits(int domains, int mappings) {
        public static final Limits NONE = new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    public DeviceState(DeviceConfig config, Limits limits) {
        configure(config);
        this.limits = limits;
    }

    private void configure(DeviceConfig now) {
        config = now;
        maps = now.has(ConfigSpace.MAP_UNMAP, true);
        knownFlags = Permissions.READ_WRITE | (now.has(ConfigSpace.MMIO, true) ? Domain.MMIO : 0);
        granuleMask = now.granuleMask();
        firstInput = now.inputRange() == null ? 0 : now.inputRange().start();
        lastInput = now.inputRange() == null ? -1L : now.inputRange().last();
    }

    /** A copy that later requests do not touch. */
    public DeviceState copy() {
        DeviceState copy = new DeviceState(config, limits);
        domains.values().forEach(domain -> copy.restore(domain.copy()));
        for (Endpoint endpoint : endpoints.values()) {
            Endpoint same = endpoint.copy();
            copy.endpoints.put(same.id(), same);
            if (endpoint.domain() != null) {
                copy.join(same, copy.domains.get(endpoint.domain().id()));
            }
        }
        return copy;
    }

    public DeviceConfig config() {
        return config;
    }

    /** Makes an endpoint known; one of the same id is replaced, and leaves its domain. */
    public void add(Endpoint endpoint) {
        Endpoint before = endpoints.put(endpoint.id(), endpoint);
        if (before != null && before.domain() != null) {
            leave(before);
        }
    }

    /** By id; null if there is none. */
    public Endpoint endpoint(long id) {
        return endpoints.get(id);
    }

    /** By id; null if there is none. */
    public Domain domain(long id) {
        return known(id);
    }

    /** In ascending order of id. */
    public Collection<Endpoint> endpoints() {
        return Collections.unmodifiableCollection(endpoints.values());
    }

    /** In ascending order of id. */
    public Collection<Domain> domains() {
        return Collections.unmodifiableCollection(domains.values());
    }

    /** The driver's choice of features, at each initialization of the device. */
    public void negotiate(long features) {
        configure(config.withFeatures(features));
    }

    /** A reset of the device: nothing is attached any more. The bypass field stays (Device initialization). */
    public void reset() {
        endpoints.values().forEach(e -> e.join(null));
        domains.clear();
        recent = null;
        mappings = 0;
    }

    /** A write of the driver to the bypass field; other values than 0 and 1 are ignored. */
    public void writeBypass(int value) {
        if (config.has(ConfigSpace.BYPASS_CONFIG, true) && (value == 0 || value == 1)) {
            configure(config.withBypass(value));
        }
    }

    /** Carries out any request but PROBE, whose answer is more than a status. */
    public Status apply(Request request) {
        if (request instanceof Request.Attach attach) {
            return attach(attach);
        } else if (request instanceof Request.Detach detach) {
            return detach(detach);
        }
        if (request instanceof Request.Map r) {
            return map(r.domain(), r.start(), r.last(), r.output(), r.flags());
        } else if (request instanceof Request.Unmap r) {
            return unmap(r.domain(), r.start(), r.last(), r.reserved());
        }
        throw new IllegalArgumentException(request + " has its own answer");
    }

    private Status attach(Request.Attach r) {
        boolean bypass = (r.flags() & Request.Attach.BYPASS) != 0;
        boolean known = (r.flags() & ~Request.Attach.BYPASS) == 0 && (!bypass || config.has(ConfigSpace.BYPASS_CONFIG, true));
        if (r.reserved() != 0 || !known) {
            return Status.INVAL;
        }
        Endpoint endpoint = endpoints.get(r.endpoint());
        if (endpoint == null) {
            return Status.NOENT;
        }
        Domain domain = domains.get(r.domain());
        if (domain != null && domain.isBypass() != bypass) {
            return Status.INVAL;
        }
        if (config.domains() != null && !config.domains().contains(r.domain())) {
            return Status.RANGE;
        }
        if (domain != null && isIncompatible(domain, endpoint)) {
            return Status.UNSUPP;
        }
        boolean leavesEmpty = endpoint.domain() != null && endpoint.domain().members().size() == 1;
        if (domain == null && domains.size() - (leavesEmpty ? 1 : 0) >= limits.domains()) {
            return Status.NOMEM;
        }
        if (domain == null || endpoint.domain() != domain) {
            join(endpoint, domain == null ? new Domain(r.domain(), bypass) : domain);
        }
        return Status.OK;
    }

    /** An endpoint whose reserved regions are mapped already cannot join: the mappings would not do what they say. */
    private static boolean isIncompatible(Domain domain, Endpoint endpoint) {
        return endpoint.domain() != domain && endpoint.regions().stream()
                .anyMatch(r -> domain.mappings().firstWithin(r.range().start(), r.range().last()) != IntervalMap.NONE);
    }

    private void join(Endpoint endpoint, Domain domain) {
        if (endpoint.domain() != null) {
            leave(endpoint);
        }
        domains.putIfAbsent(domain.id(), domain);
        domain.members().add(endpoint);
        endpoint.join(domain);
    }

    /** Takes an endpoint out of its domain, which goes, with its mappings, when the last one leaves. */
    private void leave(Endpoint endpoint) {
        Domain domain = endpoint.domain();
        domain.members().remove(endpoint);
        endpoint.join(null);
        if (domain.members().isEmpty()) {
            domains.remove(domain.id());
            recent = null;
            mappings -= domain.mappings().size();
        }
    }

    /** Restores a domain as a description has it, by no rule. */
    void restore(Domain domain) {
        domains.put(domain.id(), domain);
        recent = null;
        mappings += domain.mappings().size();
    }

    /** Restores an attachment as a description has it, by no rule. */
    void restore(Endpoint endpoint, Domain domain) {
        join(endpoint, domain);
    }

    private Status detach(Request.Detach r) {
        Endpoint endpoint = endpoints.get(r.endpoint());
        if (endpoint == null) {
            return Status.NOENT;
        }
        if (endpoint.domain() == null || endpoint.domain().id() != r.domain()) {
            return Status.INVAL;
        }
        leave(endpoint);
        return Status.OK;
    }

    /** As a MAP request says; allocates nothing but room. */
    Status map(long id, long start, long last, long output, int flags) {
        if (!maps) {
            return Status.UNSUPP;
        }
        if ((flags & ~knownFlags) != 0) {
            return Status.INVAL;
        }
        Domain domain = known(id);
        if (domain == null) {
            return Status.NOENT;
        }
        if (domain.isBypass()) {
            return Status.INVAL;
        }
        Status range = checkRange(start, last, output);
        if (range != Status.OK) {
            return range;
        }
        if (isReserved(domain, start, last)) {
            return Status.INVAL;
        }
        if (mappings >= limits.mappings()) {
            return domain.mappings().firstWithin(start, last) == IntervalMap.NONE ? Status.NOMEM : Status.INVAL;
        }
        if (!domain.mappings().add(start, last, output, flags)) {
            return Status.INVAL;
        }
        mappings++;
        return Status.OK;
    }

    /** A domain by id without a search if it is the one asked for last; null if there is none. */
    private Domain known(long id) {
        Domain hint = recent;
        if (hint == null || hint.id() != id) {
            hint = domains.get(id);
            recent = hint;
        }
        return hint;
    }

    private static boolean isReserved(Domain domain, long start, long last) {
        List<Endpoint> members = domain.members();
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).regionWithin(start, last) != null) {
                return true;
            }
        }
        return false;
    }

    private Status checkRange(long start, long last, long output) {
        if (((start | output | last + 1) & granuleMask) != 0) {
            return Status.RANGE;
        }
        if (!isInput(start) || !isInput(last)) {
            return Status.RANGE;
        }
        if (Long.compareUnsigned(start, last) >= 0) {
            return Status.INVAL;
        }
        // An output that wraps around is no address; the specification names no status for it but this one.
        return Long.compareUnsigned(output + (last - start), output) < 0 ? Status.FAULT : Status.OK;
    }

    private boolean isInput(long address) {
        return Long.compareUnsigned(address, firstInput) >= 0 && Long.compareUnsigned(address, lastInput) <= 0;
    }

    /** As an UNMAP request says; allocates nothing. */
    Status unmap(long id, long start, long last, long reserved) {
        if (!maps) {
            return Status.UNSUPP;
        }
        if (reserved != 0) {
            return Status.INVAL;
        }
        Domain domain = known(id);
        if (domain == null) {
            return Status.NOENT;
        }
        if (domain.isBypass() || Long.compareUnsigned(start, last) > 0) {
            return Status.INVAL;
        }
        int before = domain.mappings().size();
        if (!domain.mappings().remove(start, last)) {
            return Status.RANGE;
        }
        mappings -= before - domain.mappings().size();
        return Status.OK;
    }
}
