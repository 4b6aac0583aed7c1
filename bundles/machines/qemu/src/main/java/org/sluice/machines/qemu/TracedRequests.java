// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.Collection;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.machine.AddressRange;
import org.sluice.machines.qemu.TracedEndpoint.Attachment;

/**
 * What a virtio-iommu inside QEMU has become, followed by the lines of its trace. A reset of the device makes all known; before the
 * first that was seen, only what has happened since is. A line that does not fit to what is known shows that some were missed, and then
 * what it concerns counts as known in part. Not thread-safe.
 */
final class TracedRequests {
    private static final String PREFIX = "virtio_iommu_";
    private static final Pattern SWITCH = Pattern.compile("Device (\\w+):(\\w+)\\.(\\d) switching address space \\(iommu enabled=([01])\\)");
    private static final long ID = 0xffff_ffffL;

    private final TreeMap<Long, TracedDomain> domains = new TreeMap<>();
    private final TreeMap<Long, TracedEndpoint> endpoints = new TreeMap<>();
    private boolean complete;
    private Pending pending;

    /** An ATTACH or DETACH whose end is still to come. QEMU has the trace's line before it looks whether it can be done. */
    private static final class Pending {
        private final boolean attach;
        private final long domain;
        private final TracedEndpoint endpoint;
        private final long domainBefore;
        private Attachment before;
        /** The endpoint has left the domain it was in, or that may be what was seen. */
        private boolean left;
        /** That it leaves was said in so many words. */
        private boolean leaves;
        private boolean allocated;

        Pending(boolean attach, long domain, TracedEndpoint endpoint) {
            this.attach = attach;
            this.domain = domain;
            this.endpoint = endpoint;
            before = endpoint.attachment();
            domainBefore = endpoint.domain();
        }
    }

    /** Takes a line of the log; others than those of a virtio-iommu are passed over. */
    void line(String line) {
        int at = line.indexOf(PREFIX);
        // A name at the start, or behind a time and a process: nothing else writes this at such a place.
        if (at < 0 || at > 0 && line.charAt(at - 1) != ':' && line.charAt(at - 1) != ' ') {
            return;
        }
        int end = line.indexOf(' ', at);
        String event = line.substring(at + PREFIX.length(), end < 0 ? line.length() : end);
        try {
            event(event, end < 0 ? "" : line.substring(end + 1));
        } catch (IllegalArgumentException e) {
            // A version of QEMU that tells it otherwise, or a line cut short: what it said is lost.
            forget();
        }
    }

    /** Lines were lost: nothing is known until the device is reset. */
    void forget() {
        complete = false;
        pending = null;
        domains.clear();
        endpoints.clear();
    }

    private void event(String event, String text) {
        switch (event) {
            case "device_reset", "device_reset_exit" -> {
                forget();
                complete = true;
            }
            case "attach" -> begin(true, text);
            case "detach" -> begin(false, text);
            case "detach_endpoint_from_domain" -> left(endpoint(number(text, "endpoint=")));
            case "get_endpoint" -> recorded(endpoint(number(text, "endpoint=")));
            case "put_endpoint" -> gone(number(text, "endpoint="));
            case "get_domain" -> allocated(number(text, "domain="));
            case "put_domain" -> freed(number(text, "domain="));
            case "switch_address_space" -> switched(text);
            case "map" -> map(text);
            case "unmap" -> settle();
            case "unmap_done" -> unmapped(text);
            case "fill_resv_property" -> {
                settle();
                endpoint(number(text, "dev=")).reserve(new AddressRange(number(text, "start="), number(text, "end=")), number(text, "type=") == 1);
            }
            default -> {
                // Nothing changes by it, or another line tells the change.
            }
        }
    }

    private TracedEndpoint endpoint(long id) {
        return endpoints.computeIfAbsent(id & ID, i -> new TracedEndpoint(i, complete ? Attachment.NONE : Attachment.UNKNOWN));
    }

    private void begin(boolean attach, String text) {
        settle();
        TracedEndpoint endpoint = endpoint(number(text, "endpoint="));
        pending = new Pending(attach, number(text, "domain=") & ID, endpoint);
        endpoint.set(Attachment.UNKNOWN, 0);
    }

    /** The next request has begun: what has not been seen of the last one has not happened. */
    private void settle() {
        if (pending == null) {
            return;
        }
        Pending done = pending;
        pending = null;
        if (!done.left && !done.leaves) {
            done.endpoint.set(done.before, done.domainBefore);
        } else if (done.before == Attachment.DOMAIN) {
            // Old versions leave an endpoint detached whose ATTACH they then refuse.
            done.endpoint.set(Attachment.NONE, 0);
        }
    }

    /** Newer versions say it, before the switch. */
    private void left(TracedEndpoint endpoint) {
        if (pending != null && pending.attach && pending.endpoint == endpoint) {
            pending.before = Attachment.DOMAIN;
            pending.leaves = true;
        } else {
            pending = null;
            endpoint.set(Attachment.NONE, 0);
        }
    }

    /** An endpoint that QEMU has had no record of was attached to nothing. */
    private void recorded(TracedEndpoint endpoint) {
        if (pending != null && pending.endpoint == endpoint) {
            pending.before = Attachment.NONE;
        } else {
            endpoint.set(Attachment.NONE, 0);
        }
    }

    private void gone(long id) {
        settle();
        endpoints.remove(id & ID);
    }

    private void allocated(long id) {
        domains.put(id & ID, new TracedDomain(id & ID, true));
        if (pending != null && pending.attach && pending.domain == (id & ID)) {
            pending.allocated = true;
        }
    }

    private void freed(long id) {
        domains.remove(id & ID);
        for (TracedEndpoint endpoint : endpoints.values()) {
            if (endpoint.attachment() == Attachment.DOMAIN && endpoint.domain() == (id & ID)) {
                endpoint.set(Attachment.NONE, 0);
            }
        }
    }

    /** A device's accesses take another way: the end of an ATTACH or DETACH, or the endpoint's leaving within an ATTACH. */
    private void switched(String text) {
        Matcher m = SWITCH.matcher(text);
        if (!m.find()) {
            throw new IllegalArgumentException(text);
        }
        long id = Long.parseLong(m.group(1), 16) << 8 | Long.parseLong(m.group(2), 16) << 3 | Long.parseLong(m.group(3));
        if (pending == null || pending.endpoint.id() != id) {
            return;
        }
        if (!pending.attach) {
            pending.endpoint.set(Attachment.NONE, 0);
            pending = null;
        } else if (!pending.allocated && !pending.left && pending.before != Attachment.NONE) {
            pending.left = true;
        } else {
            attached(m.group(4).equals("0"));
        }
    }

    private void attached(boolean bypass) {
        TracedDomain domain = domain(pending.domain);
        domain.setBypass(bypass);
        pending.endpoint.set(Attachment.DOMAIN, pending.domain);
        pending = null;
    }

    /** A domain that is there without having been seen to come is known in part. */
    private TracedDomain domain(long id) {
        return domains.computeIfAbsent(id & ID, i -> new TracedDomain(i, false));
    }

    private void map(String text) {
        settle();
        long start = number(text, "virt_start=");
        long last = number(text, "virt_end=");
        long output = number(text, "phys_start=");
        int flags = (int) number(text, "flags=");
        if (!known(text).map(start, last, output, flags)) {
            forget();
            domain(number(text, "domain=")).map(start, last, output, flags);
        }
    }

    private void unmapped(String text) {
        if (!known(text).unmap(number(text, "virt_start="), number(text, "virt_end="))) {
            forget();
        }
    }

    /** The domain of a mapping. Where all is known and this one is not, something was missed. */
    private TracedDomain known(String text) {
        long id = number(text, "domain=") & ID;
        if (complete && !domains.containsKey(id)) {
            forget();
        }
        return domain(id);
    }

    /** {@code key=0x1000} or {@code key=16}, where negative numbers are large ones. */
    private static long number(String text, String key) {
        int at = text.indexOf(key);
        if (at < 0) {
            throw new IllegalArgumentException(text);
        }
        String value = text.substring(at + key.length()).stripLeading();
        int end = value.indexOf(' ');
        value = end < 0 ? value : value.substring(0, end);
        value = value.endsWith(",") ? value.substring(0, value.length() - 1) : value;
        return value.startsWith("0x") ? Long.parseUnsignedLong(value, 2, value.length(), 16) : Long.parseLong(value);
    }

    /** Whether all that the device holds is known but for what {@link TracedDomain#isPartial} and endpoints say. */
    boolean isComplete() {
        return complete;
    }

    /** In ascending order of id. */
    Collection<TracedEndpoint> endpoints() {
        return endpoints.values();
    }

    /** In ascending order of id. */
    Collection<TracedDomain> domains() {
        return domains.values();
    }
}
