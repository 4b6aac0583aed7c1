// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import static org.sluice.tool.vectors.Shelf.SPEC;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.machine.AddressRange;
import org.sluice.tool.vectors.Shelf.Item;

/**
 * virtio-iommu: requests as their bytes, the status of each, and what an access then comes to (OASIS virtio, IOMMU Device; sheet sections 3, 7,
 * 11 and 13).
 */
final class VirtioCatalog {
    private static final int ENDPOINT = 0x18;
    private static final int OK = 0;
    private static final int INVAL = 4;
    private static final int RANGE = 5;
    private static final int NOENT = 6;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int DOMAIN_FAULT = 1;
    private static final int MAPPING_FAULT = 2;
    private static final long FLAG_READ = 1;
    private static final long FLAG_WRITE = 2;
    private static final long FLAG_ADDRESS = 0x100;
    private static final Request ATTACH = new Request("01000000" + "01000000" + "18000000" + "00000000" + "00000000", OK);

    private final Shelf shelf;

    private VirtioCatalog() {
        Map<String, Object> endpoint = new HashMap<>(Map.of("id", "0x18", "device", "0000:00:03.0", "reservedRegions",
                List.of(region("0xfee00000", "0xfeefffff", "msi"), region("0x8000000", "0x80fffff", "reserved"))));
        endpoint.put("domain", null);
        shelf = new Shelf("virtio-iommu", "virtio-iommu", "endpointId", ENDPOINT, new AddressRange(0, (16 << 20) - 1), Map.of(), Map.of(
                "features", "0x100000077", "domains", List.of(), "endpoints", List.of(endpoint), "config", Map.of("pageSizeMask", "0xfffffffffffff000",
                        "inputRange", Map.of("start", "0x0", "last", "0xffffffffffff"), "domainRange", Map.of("first", 0L, "last", 0xffffL), "probeSize", 512L, "bypass", 0L)));
        // A capture has at least one page.
        shelf.page();
    }

    private static Map<String, Object> region(String start, String last, String type) {
        return Map.of("start", start, "last", last, "type", type);
    }

    static Shelf make() {
        VirtioCatalog catalog = new VirtioCatalog();
        catalog.mappings();
        catalog.refusals();
        catalog.unmapping();
        catalog.attachment();
        return catalog.shelf;
    }

    /** MAP of domain 1. */
    private static Request map(long start, long last, long output, int flags, int status) {
        return new Request("03000000" + "01000000" + wide(start) + wide(last) + wide(output) + narrow(flags), status);
    }

    private static Request unmap(int domain, long start, long last, int status) {
        return new Request("04000000" + narrow(domain) + wide(start) + wide(last) + "00000000", status);
    }

    private static String narrow(long value) {
        return String.format("%08x", Integer.reverseBytes((int) value));
    }

    private static String wide(long value) {
        return String.format("%016x", Long.reverseBytes(value));
    }

    private void mappings() {
        String clause = "MAP request";
        List<Request> read = List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, READ, OK));
        add("map", Access.READ, 0x1234, read, Answer.mapped(0xa234), clause + "; sheet examples 1 and 2");
        add("map", Access.WRITE, 0x1234, read, fault(0x1234, FLAG_WRITE), clause + "; sheet example 2");
        add("map-first", Access.READ, 0x1000, read, Answer.mapped(0xa000), clause);
        add("map-last", Access.READ, 0x1fff, read, Answer.mapped(0xafff), clause);
        add("before-map", Access.READ, 0xfff, read, fault(0xfff, FLAG_READ), clause);
        add("after-map", Access.READ, 0x2000, read, fault(0x2000, FLAG_READ), clause);
        List<Request> write = List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, WRITE, OK));
        add("map-write-only", Access.WRITE, 0x1234, write, Answer.mapped(0xa234), clause);
        add("map-write-only", Access.READ, 0x1234, write, fault(0x1234, FLAG_READ), clause);
        List<Request> none = List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, 0, OK));
        add("map-without-permission", Access.READ, 0x1234, none, fault(0x1234, FLAG_READ), clause + ", flags 0");
        List<Request> two = List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, 3, OK), map(0x2000, 0x5fff, 0x20_0000, 3, OK));
        add("next-mapping", Access.WRITE, 0x2000, two, Answer.mapped(0x20_0000), clause);
        add("last-of-next-mapping", Access.READ, 0x5ffc, two, Answer.mapped(0x20_3ffc), clause);
        add("top-of-input-range", Access.READ, 0xffff_ffff_fffcL, List.of(ATTACH, map(0xffff_ffff_f000L, 0xffff_ffff_ffffL, 0xa000, 3, OK)), Answer.mapped(0xaffc), clause);
    }

    /** What is refused changes nothing. */
    private void refusals() {
        String clause = "MAP request";
        Answer nothing = fault(0x1234, FLAG_READ);
        add("map-misaligned-end", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x17ff, 0xa000, READ, RANGE)), nothing, clause + "; sheet example 3");
        add("map-misaligned-output", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa800, READ, RANGE)), nothing, clause);
        add("map-beyond-input-range", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1_0000_0000_0fffL, 0xa000, READ, RANGE)), nothing, clause);
        add("map-unknown-flag", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, 8, INVAL)), nothing, clause + "; sheet example 3");
        add("map-without-domain", Access.READ, 0x1234, List.of(map(0x1000, 0x1fff, 0xa000, READ, NOENT)), unattached(0x1234), clause);
        add("map-twice", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, READ, OK), map(0x1000, 0x1fff, 0xb000, READ, INVAL)), Answer.mapped(0xa234),
                clause + "; sheet example 3");
        add("map-into-reserved-region", Access.READ, 0x800_0000, List.of(ATTACH, map(0x800_0000, 0x800_0fff, 0xa000, READ, INVAL)),
                fault(0x800_0000, FLAG_READ), "property RESV_MEM");
        add("unknown-request", Access.READ, 0x1234, List.of(ATTACH, new Request("77000000" + "01000000", Request.NO_ANSWER)), nothing, "IOMMU device requests");
    }

    private void unmapping() {
        String clause = "UNMAP request";
        Request low = map(0, 0x1fff, 0x10_0000, 3, OK);
        add("unmap", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, READ, OK), unmap(1, 0, 0xffff, OK)), fault(0x1234, FLAG_READ),
                clause + "; sheet example 4");
        add("unmap-without-domain", Access.READ, 0x1234, List.of(ATTACH, low, unmap(7, 0, 0xffff, NOENT)), Answer.mapped(0x10_1234), clause + "; sheet example 4");
        add("unmap-part", Access.READ, 0x234, List.of(ATTACH, low, unmap(1, 0, 0xfff, RANGE)), Answer.mapped(0x10_0234), clause + "; sheet example 5");
        add("unmap-nothing", Access.READ, 0x1234, List.of(ATTACH, low, unmap(1, 0x10000, 0x1ffff, OK)), Answer.mapped(0x10_1234), clause);
        add("unmap-one-of-two", Access.READ, 0x2234, List.of(ATTACH, low, map(0x2000, 0x2fff, 0x20_0000, 3, OK), unmap(1, 0, 0x1fff, OK)), Answer.mapped(0x20_0234), clause);
    }

    private void attachment() {
        String clause = "ATTACH request";
        add("unattached", Access.READ, 0x5000, List.of(), unattached(0x5000), "device operations; sheet example 7");
        shelf.add(new Item("unattached-bypass", Access.WRITE, 0x5000, Shelf.registers("BYPASS", 1L), List.of(), List.of(), Answer.mapped(0x5000),
                "OASIS virtio 1.2, IOMMU device, device configuration (bypass)", SPEC));
        add("attach-reserved-word", Access.READ, 0x5000, List.of(new Request("01000000" + "01000000" + "18000000" + "00000000" + "01000000", INVAL)), unattached(0x5000), clause);
        add("attach-unknown-flag", Access.READ, 0x5000, List.of(new Request("01000000" + "01000000" + "18000000" + "02000000" + "00000000", INVAL)), unattached(0x5000), clause);
        add("attach-unknown-endpoint", Access.READ, 0x5000, List.of(new Request("01000000" + "01000000" + "99000000" + "00000000" + "00000000", NOENT)), unattached(0x5000), clause);
        add("attach-bypass-domain", Access.WRITE, 0x5000, List.of(new Request("01000000" + "02000000" + "18000000" + "01000000" + "00000000", OK)), Answer.mapped(0x5000), clause);
        Request detach = new Request("02000000" + "01000000" + "18000000" + "0000000000000000", OK);
        add("detach", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, READ, OK), detach), unattached(0x1234), "DETACH request");
        add("mappings-go-with-the-domain", Access.READ, 0x1234, List.of(ATTACH, map(0x1000, 0x1fff, 0xa000, READ, OK), detach, ATTACH),
                fault(0x1234, FLAG_READ), "DETACH request (the domain goes with its last endpoint)");
        add("message-window", Access.WRITE, 0xfee0_1004L, List.of(ATTACH), Answer.mapped(0xfee0_1004L), "property RESV_MEM (MSI)");
    }

    private void add(String name, Access access, long iova, List<Request> requests, Answer expected, String clause) {
        shelf.add(new Item(name, access, iova, Shelf.registers("BYPASS", 0L), List.of(), requests, expected, "OASIS virtio 1.2, IOMMU device, " + clause, SPEC));
    }

    /** The event (sheet section 7): reason, flags; endpoint; address. */
    private static Answer fault(long iova, long flag) {
        return Answer.fault("MAPPING", MAPPING_FAULT, List.of(MAPPING_FAULT | (FLAG_ADDRESS | flag) << 32, (long) ENDPOINT, iova));
    }

    private static Answer unattached(long iova) {
        return Answer.fault("DOMAIN", DOMAIN_FAULT, List.of(DOMAIN_FAULT | (FLAG_ADDRESS | FLAG_READ) << 32, (long) ENDPOINT, iova));
    }
}
