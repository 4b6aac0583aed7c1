// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.Hex;

/**
 * Judges one access after the other by the steps of docs/backends/virtio.md. Details of the last one stay until the next. No allocation
 * but by {@link #reason}, no exceptions. Not thread-safe.
 */
public final class AccessCheck {
    /** The kind of answer; {@code MESSAGE} goes unchanged to the message window. */
    public enum Outcome { MAPPED, MESSAGE, PASS_THROUGH, FAULT, UNKNOWN }

    private static final int[] PAGE_SHIFTS = {21, 12};

    private final DeviceState state;
    private Outcome outcome;
    private Endpoint endpoint;
    private Endpoint.Region region;
    private Domain domain;
    private long handle;
    private int pageShift;
    private int granted;
    private Fault fault;
    private long iova;

    public AccessCheck(DeviceState state) {
        this.state = state;
    }

    /**
     * Judges an access.
     *
     * @param source null if the device does not know the endpoint
     * @param served whether the unit is known to serve such an endpoint, though it keeps nothing of it
     * @param need one bit of {@link Permissions}; there is no execute access here, it counts as a read
     */
    public Outcome run(Endpoint source, boolean served, long address, int need) {
        endpoint = source;
        iova = address;
        region = source == null ? null : source.regionAt(address);
        domain = source == null ? null : source.domain();
        handle = IntervalMap.NONE;
        pageShift = 0;
        fault = null;
        outcome = decide(served, (need & Permissions.EXECUTE) == 0 ? need : Permissions.READ);
        return outcome;
    }

    /** Takes a fault that was found before anything was looked up. */
    public void refuse(Fault why) {
        region = null;
        domain = null;
        handle = IntervalMap.NONE;
        pageShift = 0;
        outcome = stop(why);
    }

    private Outcome decide(boolean served, int need) {
        if (region != null) {
            return region.msi() && need == Permissions.WRITE ? Outcome.MESSAGE : stop(Events.MAPPING);
        }
        if (domain == null) {
            Boolean bypass = state.config().unattachedBypass();
            if (bypass == null) {
                return Outcome.UNKNOWN;
            }
            return bypass ? Outcome.PASS_THROUGH : stop(endpoint != null || served ? Events.DOMAIN : Events.UNKNOWN);
        }
        if (domain.isBypass()) {
            return Outcome.PASS_THROUGH;
        }
        handle = domain.mappings().find(iova);
        if (handle == IntervalMap.NONE && domain.isPartial()) {
            return Outcome.UNKNOWN;
        }
        if (handle == IntervalMap.NONE || (permissions() & need) != need) {
            return stop(Events.MAPPING);
        }
        return Outcome.MAPPED;
    }

    private Outcome stop(Fault why) {
        fault = why;
        return Outcome.FAULT;
    }

    /** Output address; only of an access that goes out. */
    public long output() {
        return outcome == Outcome.MAPPED ? domain.mappings().output(handle) + (iova - domain.mappings().start(handle)) : iova;
    }

    /** Bytes of the mapping or message window, 0 if there is none (and for 2<sup>64</sup>). */
    public long size() {
        if (outcome == Outcome.MESSAGE) {
            return region.range().size();
        }
        return handle == IntervalMap.NONE ? 0 : domain.mappings().last(handle) - domain.mappings().start(handle) + 1;
    }

    /** What the mapping allows; 0 if there is none. */
    public int permissions() {
        if (handle != IntervalMap.NONE) {
            return Domain.permissions(domain.mappings().flags(handle));
        }
        return outcome == Outcome.MESSAGE ? Permissions.WRITE : 0;
    }

    /** Finds out, after {@link Outcome#MAPPED}, what of the mapping can be cached. */
    public void measure() {
        IntervalMap m = domain.mappings();
        long first = m.start(handle);
        long end = m.last(handle);
        long shifted = m.output(handle) - first;
        granted = permissions();
        for (int shift : PAGE_SHIFTS) {
            long offset = (1L << shift) - 1;
            long start = iova & ~offset;
            boolean inside = Long.compareUnsigned(first, start) <= 0 && Long.compareUnsigned(start | offset, end) <= 0;
            if (inside && (shifted & offset) == 0 && endpoint.regionWithin(start, start | offset) == null) {
                pageShift = shift;
                return;
            }
        }
    }

    /**
     * log2 of a page around the address all of which the mapping translates alike, and which no reserved region of the endpoint touches. 0 if
     * there is none, or nothing was measured.
     */
    public int pageShift() {
        return pageShift;
    }

    /** What the mapping allows; only if measured. */
    public int granted() {
        return granted;
    }

    /** Only after {@link Outcome#FAULT}. */
    public Fault fault() {
        return fault;
    }

    /** The mapping found, one line; empty if none was. */
    public String mapping() {
        if (handle == IntervalMap.NONE) {
            return "";
        }
        IntervalMap m = domain.mappings();
        return Hex.of(m.start(handle)) + "-" + Hex.of(m.last(handle)) + " to " + Hex.of(m.output(handle)) + " "
                + Permissions.text(permissions());
    }

    /** One line for people. */
    public String reason() {
        return switch (outcome) {
            case MAPPED -> "";
            case MESSAGE -> "in the message window " + region.range() + ", which is not translated";
            case PASS_THROUGH -> domain == null ? "endpoints that are not attached bypass the unit" : "domain " + domain.id() + " is in bypass";
            case UNKNOWN -> domain != null ? "domain " + domain.id() + " may map the address: not all of its mappings are known"
                    : "the description does not give config.bypass, which decides for endpoints that are not attached";
            case FAULT -> faultReason();
        };
    }

    private String faultReason() {
        if (region != null) {
            return region.msi() ? "only writes may go to the message window " + region.range() : "in the reserved region " + region.range();
        }
        if (domain == null) {
            return fault.meaning();
        }
        return handle == IntervalMap.NONE ? "domain " + domain.id() + " does not map the address"
                : "domain " + domain.id() + " maps " + mapping() + " only";
    }
}
