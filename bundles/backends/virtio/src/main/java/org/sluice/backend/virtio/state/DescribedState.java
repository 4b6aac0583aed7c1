// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.kit.firmware.Assignment;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.kit.firmware.UnitAssignment;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.UnitContext;

/**
 * The device's state as the description of a machine has it, since no memory holds it: {@code config}, {@code features},
 * {@code domains}, {@code endpoints} of the unit. What contradicts itself is left out and told as a problem.
 */
public final class DescribedState {
    private final DeviceState state;
    private final boolean endpointsStated;
    private final boolean domainsStated;
    private final Map<DeviceId, Long> ids = new HashMap<>();
    /** Requesters that the machine says the unit serves, by endpoint id. */
    private final Map<Long, DeviceId> devices = new HashMap<>();
    /** Endpoints whose attachment cannot be told, with the reason. */
    private final Map<Long, String> unknown = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private final String unitName;
    private final String whyNoEndpoints;
    private final UnitAssignment firmware;

    /**
     * A part of the description that cannot be so.
     *
     * @param defect fixed word
     * @param endpoint concerned, or null
     */
    public record Problem(String defect, Endpoint endpoint, String rule, String section) {
    }

    public DescribedState(UnitContext unit) {
        this(unit, Limits.NONE);
    }

    /** @param limits what the device has room for, if requests change the state */
    public DescribedState(UnitContext unit, Limits limits) {
        Attributes attributes = unit.unit().attributes();
        unitName = unit.unit().name();
        whyNoEndpoints = attributes.text("whyUnknown").orElse("the description does not hold the device's endpoints, which no memory holds");
        firmware = new UnitAssignment(FirmwareTables.of(unit.machine().firmware()), unit.machine().units(), PciTopology.of(unit.machine().devices()));
        state = new DeviceState(DeviceConfig.of(attributes), limits);
        domainsStated = attributes.has("domains");
        endpointsStated = attributes.has("endpoints");
        attributes.children("domains").forEach(this::domain);
        attributes.children("endpoints").forEach(this::endpoint);
        for (DeviceDescription device : unit.machine().devices()) {
            if (device.requesterId() >= 0 && (device.unit() == null ? !device.unitStated() : device.unit().equals(unit.unit().name()))) {
                ids.putIfAbsent(device.device(), device.requesterId());
                devices.putIfAbsent(device.requesterId(), device.device());
            }
        }
    }

    private void domain(Attributes described) {
        long id = required(described, "id");
        boolean bypass = described.flag("bypass");
        Domain domain = described.flag("partial") ? Domain.partial(id, bypass) : new Domain(id, bypass);
        if (state.domain(id) != null) {
            problems.add(new Problem("domain-twice", null, "domain " + id + " is there twice; the second is left out", "Domains"));
            return;
        }
        for (Attributes mapping : described.children("mappings")) {
            AddressRange range = mapping.asRange();
            long phys = required(mapping, "phys");
            if (!domain.mappings().add(range.start(), range.last(), phys, (int) required(mapping, "flags"))) {
                problems.add(new Problem("mapping-overlap", null, "domain " + id + ": the mapping " + range + " to " + Hex.of(phys)
                        + " overlaps another and is left out", "MAP request"));
            }
        }
        state.restore(domain);
    }

    private void endpoint(Attributes described) {
        long id = required(described, "id");
        DeviceId device = described.text("device").map(DescribedState::device).orElse(null);
        List<Endpoint.Region> regions = described.children("reservedRegions").stream()
                .map(r -> new Endpoint.Region(r.asRange(), r.text("type").orElse("reserved").equals("msi"))).toList();
        Endpoint endpoint = new Endpoint(id, device, regions);
        if (state.endpoint(id) != null) {
            problems.add(new Problem("endpoint-twice", endpoint, "endpoint " + Hex.of(id) + " is there twice; the second is left out", "Endpoints"));
            return;
        }
        state.add(endpoint);
        ids.put(endpoint.device(), id);
        if (!described.keys().contains("domain")) {
            unknown.put(id, described.text("whyUnknown").orElse("the description does not say to which domain endpoint " + Hex.of(id) + " is attached"));
        } else if (described.has("domain")) {
            attach(endpoint, required(described, "domain"));
        }
    }

    private void attach(Endpoint endpoint, long id) {
        if (state.domain(id) != null) {
            state.restore(endpoint, state.domain(id));
            return;
        }
        unknown.put(endpoint.id(), "endpoint " + Hex.of(endpoint.id()) + " is attached to domain " + id + ", which the description does not list");
        if (domainsStated) {
            problems.add(new Problem("domain-missing", endpoint, unknown.get(endpoint.id()), "Domains"));
        }
    }

    private DescribedState(DescribedState given, DeviceState now) {
        state = now;
        unitName = given.unitName;
        whyNoEndpoints = given.whyNoEndpoints;
        firmware = given.firmware;
        endpointsStated = true;
        domainsStated = true;
        ids.putAll(given.ids);
        devices.putAll(given.devices);
    }

    /** The same device with the state that it has come to since; nothing of it is unknown, and no description contradicts it. */
    public DescribedState withState(DeviceState now) {
        return new DescribedState(this, now);
    }

    private static long required(Attributes element, String key) {
        return element.number(key).orElseThrow(() -> new IommuException(IommuException.Reason.BAD_FORMAT,
                "an element of domains or endpoints has no '" + key + "'"));
    }

    private static DeviceId device(String text) {
        try {
            return DeviceId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IommuException(IommuException.Reason.BAD_FORMAT, "endpoints: " + e.getMessage(), e);
        }
    }

    public DeviceState state() {
        return state;
    }

    public List<Problem> problems() {
        return problems;
    }

    /** The endpoint id of a requester, if the description or the firmware's VIOT tells it; a bare id is one already. */
    public Optional<Long> idOf(DeviceId device) {
        if (!device.isPci()) {
            return Optional.of(ids.getOrDefault(device, device.value()));
        }
        return Optional.ofNullable(ids.computeIfAbsent(device, this::idInFirmware));
    }

    private Long idInFirmware(DeviceId device) {
        Assignment assignment = firmware.of(device);
        if (assignment.kind() != Assignment.Kind.SERVED || !assignment.unit().equals(unitName) || assignment.requesterId() < 0) {
            return null;
        }
        devices.putIfAbsent(assignment.requesterId(), device);
        return assignment.requesterId();
    }

    /** The requester with that endpoint id; the bare id where nothing tells it. */
    public DeviceId deviceOf(long id) {
        return devices.getOrDefault(id, DeviceId.stream(id));
    }

    /** Whether the machine says that the unit serves an endpoint of that id, even if the device keeps nothing of it. */
    public boolean serves(long id) {
        return devices.containsKey(id) || state.endpoint(id) != null;
    }

    /** Ids of endpoints that the unit serves, as far as the description tells. */
    public Set<Long> served() {
        Set<Long> ids = new TreeSet<>(devices.keySet());
        state.endpoints().forEach(e -> ids.add(e.id()));
        return ids;
    }

    /** Whether the attachment of every endpoint is told. */
    public boolean attachmentsKnown() {
        return endpointsStated && unknown.isEmpty();
    }

    /** Why the attachment of an endpoint cannot be told, or null if it can. */
    public String whyUnknown(long id) {
        if (!endpointsStated) {
            return whyNoEndpoints;
        }
        return unknown.get(id);
    }
}
