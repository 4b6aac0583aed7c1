// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.machine.AddressRange;

/**
 * The I/O remapping table of Arm machines: a graph of root complexes, SMMUs and ITS groups, joined by ranges of ids.
 * Immutable. Source: Arm DEN0049E, I/O Remapping Table.
 */
public record IortTable(AcpiHeader header, List<Node> nodes) {
    public static final String SIGNATURE = "IORT";

    /** A device passes at most a root complex and two SMMUs on its way to an ITS. */
    private static final int MAX_HOPS = 8;

    /** What a node is. */
    public sealed interface Content {
    }

    /** Interrupt translation services, by the ids that MADT gives them. */
    public record ItsGroup(List<Long> ids) implements Content {
    }

    /** A device of the ACPI namespace; {@code flags} bit 0: may stall, 5:1 PASID bits. */
    public record NamedComponent(long flags, long memoryProperties, int addressLimit, String name) implements Content {
    }

    /** A PCI segment; {@code ats} bit 0 ATS, 1 PRI, 2 PASID; {@code addressLimit} in bits. */
    public record RootComplex(long memoryProperties, long ats, int segment, int addressLimit, int pasidCapabilities) implements Content {
    }

    /** An SMMU of version 1 or 2. */
    public record SmmuV2(long base, long span, long model, long flags) implements Content {
    }

    /**
     * An SMMUv3; interrupts are GSIVs, 0 for none.
     *
     * @param flags bit 0 coherent walks, 2:1 hardware update of flags, 3 proximity domain valid, 4 device id mapping valid
     * @param model 0 generic, 1 Hi161x, 2 CN99xx
     */
    public record SmmuV3(long base, long flags, long vatos, long model, long eventGsiv, long priGsiv, long errorGsiv, long syncGsiv,
            long proximityDomain, long deviceIdMapping) implements Content {
    }

    /** A performance counter group; {@code node} is the offset of the node it counts for. */
    public record Pmcg(long page0, long gsiv, long node, long page1) implements Content {
    }

    /** Memory that devices use without the operating system's knowledge; {@code flags} bit 0: may be remapped. */
    public record ReservedMemory(long flags, List<AddressRange> ranges) implements Content {
        public boolean remapPermitted() {
            return (flags & 1) != 0;
        }
    }

    /** A node of a type not known here. */
    public record Other(int type) implements Content {
    }

    /** @param offset where the node starts in the table; what mappings refer to */
    public record Node(int offset, int type, int revision, long identifier, List<IdMapping> mappings, Content content) {
        public Node {
            mappings = List.copyOf(mappings);
        }

        /**
         * Where an id of this node goes.
         *
         * <p>Some firmware writes the number of ids where the number less one is due, so that one range runs into the next.
         * As Linux does, an id that is the last of one range and the first of another is taken as the latter's.
         */
        public Optional<Target> map(long id) {
            IdMapping last = null;
            for (IdMapping mapping : mappings) {
                if (mapping.single()) {
                    if (isSmmu()) {
                        continue; // It maps the SMMU's own interrupts, not what passes through it.
                    }
                    return Optional.of(new Target(mapping.outputBase(), mapping.outputNode()));
                }
                boolean first = id == mapping.inputBase();
                if (first || last == null && mapping.containsBeforeLast(id)) {
                    return Optional.of(mapping.target(id));
                }
                if (last == null && id == mapping.inputBase() + mapping.count()) {
                    last = mapping;
                }
            }
            return Optional.ofNullable(last).map(mapping -> mapping.target(id));
        }

        boolean isSmmu() {
            return content instanceof SmmuV3 || content instanceof SmmuV2;
        }
    }

    /**
     * A range of ids.
     *
     * @param count number of ids <em>less one</em>
     * @param outputNode offset of the node that the ids go to
     * @param single the output base is used whatever the input
     */
    public record IdMapping(long inputBase, long count, long outputBase, long outputNode, boolean single) {
        boolean containsBeforeLast(long id) {
            return id >= inputBase && id < inputBase + count;
        }

        Target target(long id) {
            return new Target(outputBase + (id - inputBase), outputNode);
        }
    }

    /** An id as the node at {@code node} sees it. */
    public record Target(long id, long node) {
    }

    /** The SMMU that an id reaches, and the stream id it has there. */
    public record Stream(Node smmu, long streamId) {
    }

    public IortTable {
        nodes = List.copyOf(nodes);
    }

    /**
     * @throws org.sluice.machine.IommuException {@code TRUNCATED} or {@code BAD_FORMAT} with the offset
     */
    public static IortTable read(byte[] bytes) {
        return IortReader.read(new TableBytes(SIGNATURE, bytes));
    }

    public Optional<Node> node(long offset) {
        return nodes.stream().filter(n -> n.offset() == offset).findFirst();
    }

    /** Root complexes of that segment. */
    public List<Node> rootComplexes(int segment) {
        List<Node> found = new ArrayList<>();
        for (Node node : nodes) {
            if (node.content() instanceof RootComplex root && root.segment() == segment) {
                found.add(node);
            }
        }
        return found;
    }

    /** The first SMMU on the way of an id that leaves {@code node}; empty if the way leads past all SMMUs or nowhere. */
    public Optional<Stream> stream(Node node, long id) {
        Node at = node;
        long current = id;
        for (int hop = 0; hop < MAX_HOPS; hop++) {
            Optional<Target> target = at.map(current);
            Optional<Node> next = target.flatMap(t -> node(t.node()));
            if (next.isEmpty()) {
                return Optional.empty();
            }
            at = next.get();
            current = target.get().id();
            if (at.isSmmu()) {
                return Optional.of(new Stream(at, current));
            }
        }
        return Optional.empty();
    }
}
