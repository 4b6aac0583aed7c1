// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machines.qemu.TracedEndpoint.Attachment;

/**
 * Says what became of a virtio-iommu by its requests as the description of a machine has it, docs/capture-format.md.
 *
 * @param functions PCI functions that the unit may serve; QEMU gives each the endpoint id of its bus, device and function number
 * @param regions reserved regions of each endpoint that has not asked for its own; null if they are not known
 */
record VirtioRequests(List<DeviceId> functions, List<Object> regions) {
    private static final String NO_REGIONS = "the reserved regions of this endpoint are not known";

    /** {@code domains} and {@code endpoints}. */
    Map<String, Object> facts(TracedRequests requests) {
        List<Object> domains = new ArrayList<>();
        requests.domains().forEach(domain -> domains.add(domain.facts()));
        List<Object> endpoints = new ArrayList<>();
        Set<Long> listed = new HashSet<>();
        for (TracedEndpoint endpoint : requests.endpoints()) {
            listed.add(endpoint.id());
            endpoints.add(endpoint(endpoint));
        }
        for (DeviceId function : functions) {
            if (!requests.isComplete() && !listed.contains((long) function.requesterId())) {
                endpoints.add(endpoint(new TracedEndpoint(function.requesterId(), Attachment.UNKNOWN)));
            }
        }
        return Map.of("domains", domains, "endpoints", endpoints);
    }

    private Map<String, Object> endpoint(TracedEndpoint endpoint) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", Hex.of(endpoint.id()));
        DeviceId device = DeviceId.ofRequester(0, (int) endpoint.id());
        if (functions.contains(device)) {
            facts.put("device", device.toString());
        }
        List<Object> own = endpoint.regions();
        if (own.isEmpty() && regions == null) {
            facts.put("whyUnknown", NO_REGIONS);
        } else if (endpoint.attachment() == Attachment.UNKNOWN) {
            facts.put("whyUnknown", RequestLog.BEFORE);
        } else {
            facts.put("domain", endpoint.attachment() == Attachment.DOMAIN ? (Long) endpoint.domain() : null);
        }
        facts.put("reservedRegions", own.isEmpty() && regions != null ? regions : own);
        return facts;
    }
}
