// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Defect;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.queue.QueueReader;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.kit.inspect.Surroundings;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DefectSink;
import org.sluice.spi.UnitContext;

/**
 * Looks for what the device's own rules would have refused, and for mappings that give a device more than memory. A defect's entry is the
 * MAP request that makes such a mapping. Serves one {@code verify}.
 */
final class VirtioVerification {
    private static final int WORD = Long.BYTES;

    private final UnitContext unit;
    private final DescribedState described;
    private final DefectSink out;
    private final List<AddressRange> rings;
    private final List<AddressRange> doorbells;

    VirtioVerification(UnitContext unit, DescribedState described, DefectSink out) {
        this.unit = unit;
        this.described = described;
        this.out = out;
        rings = new QueueReader(unit, described).rings();
        doorbells = Surroundings.doorbells(unit.machine());
    }

    /** @param only id of the one endpoint to look at, or null for all */
    void run(Long only) {
        DeviceConfig config = described.state().config();
        if (config.pageSizeMask() != null && config.pageSizeMask() == 0) {
            report(null, "no-page-size", List.of(0L), "page_size_mask is zero: at least one bit must be set", "Device configuration layout");
        }
        for (DescribedState.Problem problem : described.problems()) {
            if (only == null || problem.endpoint() != null && problem.endpoint().id() == only) {
                report(problem.endpoint(), problem.defect(), List.of(), problem.rule(), problem.section());
            }
        }
        for (Domain domain : described.state().domains()) {
            if (only == null || domain.endpoints().stream().anyMatch(e -> e.id() == only)) {
                domain(domain);
            }
        }
        for (Endpoint endpoint : described.state().endpoints()) {
            if (only == null || endpoint.id() == only) {
                regions(endpoint);
            }
        }
    }

    private void regions(Endpoint endpoint) {
        out.looked(1);
        List<Endpoint.Region> regions = endpoint.regions();
        if (regions.stream().filter(Endpoint.Region::msi).count() > 1) {
            report(endpoint, "message-windows", List.of(), "endpoint " + Hex.of(endpoint.id()) + " has more than one message window", "Property RESV_MEM");
        }
        for (int i = 0; i < regions.size(); i++) {
            for (int j = i + 1; j < regions.size(); j++) {
                if (regions.get(i).range().overlaps(regions.get(j).range())) {
                    report(endpoint, "region-overlap", List.of(), "reserved regions " + regions.get(i).range() + " and "
                            + regions.get(j).range() + " overlap", "Property RESV_MEM");
                }
            }
        }
    }

    private void domain(Domain domain) {
        out.looked(1);
        Endpoint endpoint = domain.endpoints().isEmpty() ? null : domain.endpoints().get(0);
        IntervalMap mappings = domain.mappings();
        if (domain.endpoints().isEmpty() && described.attachmentsKnown()) {
            report(null, "domain-orphan", List.of(), "domain " + domain.id() + " has no endpoint: it disappears when the last one leaves", "Domains");
        }
        if (described.state().config().domains() != null && !described.state().config().domains().contains(domain.id())) {
            report(endpoint, "domain-beyond-range", List.of(), "domain " + domain.id() + " is outside domain_range", "ATTACH request");
        }
        if (domain.isBypass() && mappings.size() > 0) {
            report(endpoint, "bypass-with-mappings", List.of(), "domain " + domain.id() + " is in bypass and has " + mappings.size() + " mappings",
                    "MAP request");
        }
        for (long at = mappings.first(); at != IntervalMap.NONE; at = mappings.next(at)) {
            out.looked(1);
            mapping(domain, endpoint, new Request.Map(domain.id(), mappings.start(at), mappings.last(at), mappings.output(at), mappings.flags(at)));
        }
    }

    private void mapping(Domain domain, Endpoint endpoint, Request.Map m) {
        rules(domain, endpoint, m);
        if (Domain.permissions(m.flags()) == 0 || Long.compareUnsigned(m.output() + (m.last() - m.start()), m.output()) < 0) {
            return;
        }
        AddressRange to = new AddressRange(m.output(), m.output() + (m.last() - m.start()));
        boolean writable = (m.flags() & Permissions.WRITE) != 0;
        AddressRange ring = overlapping(rings, to);
        AddressRange doorbell = overlapping(doorbells, to);
        PhysicalMemory memory = unit.memory();
        if (writable && ring != null) {
            mapped(endpoint, m, "leaf-on-queue", "lets the device write the unit's own virtqueue at " + ring, "MAP request");
        }
        if (doorbell != null) {
            // Without a message window the driver has to map the doorbell, and says so with the MMIO flag.
            boolean needed = (m.flags() & Domain.MMIO) != 0
                    && domain.endpoints().stream().noneMatch(e -> e.regions().stream().anyMatch(Endpoint.Region::msi));
            if (!needed) {
                mapped(endpoint, m, "doorbell-grant", "maps the doorbell " + doorbell + ": the device can raise interrupts by DMA", "Property RESV_MEM");
            }
        } else if (memory.ramKnown() && !(memory.isRam(to.start()) && memory.isRam(to.last()))) {
            mapped(endpoint, m, "leaf-outside-ram", "maps " + to + ", which is not RAM", "MAP request");
        }
    }

    /** What a MAP request is refused for. */
    private void rules(Domain domain, Endpoint endpoint, Request.Map m) {
        DeviceConfig config = described.state().config();
        if (((m.start() | m.output() | m.last() + 1) & config.granuleMask()) != 0) {
            mapped(endpoint, m, "mapping-misaligned", "is not aligned to the granule " + Hex.of(config.granuleMask() + 1), "MAP request");
        }
        if (config.inputRange() != null && !config.inputRange().contains(new AddressRange(m.start(), m.last()))) {
            mapped(endpoint, m, "mapping-beyond-range", "is not within input_range " + config.inputRange(), "MAP request");
        }
        if ((m.flags() & ~(Permissions.READ_WRITE | Domain.MMIO)) != 0) {
            mapped(endpoint, m, "reserved-bit", "has flags that do not exist", "MAP request");
        }
        for (Endpoint member : domain.endpoints()) {
            Endpoint.Region region = member.regionWithin(m.start(), m.last());
            if (region != null) {
                mapped(member, m, region.msi() ? "iova-in-interrupt-window" : "iova-in-reserved-region", "overlaps the reserved region "
                        + region.range() + " of endpoint " + Hex.of(member.id()) + ", where it has no effect", "MAP request");
            }
        }
    }

    private static AddressRange overlapping(List<AddressRange> ranges, AddressRange range) {
        return ranges.stream().filter(range::overlaps).findFirst().orElse(null);
    }

    private void mapped(Endpoint endpoint, Request.Map m, String defect, String rule, String section) {
        report(endpoint, defect, words(RequestReplay.encode(m)), "the mapping " + Hex.of(m.start()) + "-" + Hex.of(m.last()) + " of domain "
                + m.domain() + " " + rule, section);
    }

    private static List<Long> words(byte[] bytes) {
        List<Long> words = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += WORD) {
            long word = 0;
            for (int i = Math.min(WORD, bytes.length - at) - 1; i >= 0; i--) {
                word = word << Byte.SIZE | bytes[at + i] & 0xff;
            }
            words.add(word);
        }
        return words;
    }

    private void report(Endpoint endpoint, String defect, List<Long> entry, String rule, String section) {
        DeviceId device = endpoint == null ? null : endpoint.device();
        out.defect(new Defect(device, unit.unit().name(), defect, 0, entry, rule, Virtio.SPECIFICATION + section));
    }
}
