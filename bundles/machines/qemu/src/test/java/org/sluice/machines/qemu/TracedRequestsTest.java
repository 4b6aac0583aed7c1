// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

import org.junit.Test;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.testkit.Captures;

/** What becomes of a virtio-iommu by lines as QEMU 7.2.22 and 11.1.3 write them. */
public class TracedRequestsTest {
    private static final String RESET = "virtio_iommu_device_reset reset!";
    private static final String ATTACH = """
            virtio_iommu_attach domain=5 endpoint=256
            virtio_iommu_get_endpoint Alloc endpoint=256
            virtio_iommu_get_domain Alloc domain=5
            virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=1)
            """;
    private static final String MAP = "virtio_iommu_map domain=5 virt_start=0xffffe000 virt_end=0xffffffff phys_start=0x3790000 flags=3";

    private final TracedRequests requests = new TracedRequests();

    private TracedRequestsTest said(String... texts) {
        for (String text : texts) {
            text.lines().forEach(requests::line);
        }
        return this;
    }

    private Attributes facts() {
        return new Attributes(new VirtioRequests(List.of(DeviceId.parse("01:00.0"), DeviceId.parse("00:02.0")), List.of()).facts(requests));
    }

    /** {@code 5:[0xffffe000-0xffffffff>0x3790000/0x3]}, then {@code ?} for a domain known in part and {@code =} for one in bypass. */
    private String domains() {
        StringBuilder all = new StringBuilder();
        for (Attributes domain : facts().children("domains")) {
            all.append(domain.number("id").orElseThrow()).append(':').append(domain.children("mappings").stream().map(m -> m.text("start").orElseThrow()
                    + "-" + m.text("last").orElseThrow() + ">" + m.text("phys").orElseThrow() + "/" + m.text("flags").orElseThrow()).toList());
            all.append(domain.flag("partial") ? "?" : "").append(domain.flag("bypass") ? "=" : "").append(' ');
        }
        return all.toString().trim();
    }

    /** {@code 0x100>5} attached, {@code 0x100>-} not attached, {@code 0x100>?} unknown. */
    private String endpoints() {
        return String.join(" ", facts().children("endpoints").stream().map(e -> e.text("id").orElseThrow() + ">"
                + (!e.keys().contains("domain") ? "?" : e.number("domain").map(String::valueOf).orElse("-"))).toList());
    }

    @Test
    public void afterAResetAllIsKnown() {
        said(RESET);
        assertEquals("", domains() + endpoints());
        said(ATTACH, MAP);
        assertEquals("5:[0xffffe000-0xffffffff>0x3790000/0x3]", domains());
        assertEquals("0x100>5", endpoints());
        said("virtio_iommu_unmap domain=5 virt_start=0xffffe000 virt_end=0xffffffff",
                "virtio_iommu_unmap_done domain=5 virt_start=0xffffe000 virt_end=0xffffffff");
        assertEquals("5:[]", domains());
        said("virtio_iommu_detach domain=5 endpoint=256");
        assertEquals("not before QEMU has done it", "0x100>?", endpoints());
        said("virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=0)", "virtio_iommu_put_domain Free domain=5");
        assertEquals("0x100>-", endpoints());
        assertEquals("", domains());
    }

    @Test
    public void beforeAResetOnlyWhatHappenedIsKnown() {
        said(MAP);
        assertEquals("5:[0xffffe000-0xffffffff>0x3790000/0x3]?", domains());
        assertEquals("0x100>? 0x10>?", endpoints());
        said("virtio_iommu_unmap_done domain=5 virt_start=0x1000 virt_end=0x1fff");
        assertEquals("one of before", "5:[0xffffe000-0xffffffff>0x3790000/0x3]?", domains());
        said("virtio_iommu_unmap_done domain=5 virt_start=0xffffe000 virt_end=0xffffffff");
        assertEquals("5:[]?", domains());
        said("virtio_iommu_put_domain Free domain=5", ATTACH, MAP);
        assertEquals("seen to come", "5:[0xffffe000-0xffffffff>0x3790000/0x3]", domains());
        assertEquals("0x100>5 0x10>?", endpoints());
    }

    @Test
    public void anEndpointMovesFromOneDomainToAnother() {
        said(RESET, ATTACH, """
                virtio_iommu_attach domain=6 endpoint=256
                virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=0)
                virtio_iommu_put_domain Free domain=5
                virtio_iommu_get_domain Alloc domain=6
                """);
        assertEquals("0x100>?", endpoints());
        said("virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=0)");
        assertEquals("0x100>6", endpoints());
        assertEquals("the last word is that its accesses are not translated", "6:[]=", domains());
    }

    /** QEMU 7.2 takes an endpoint out of its domain before it sees that the other one is of another kind. virtio-iommu sheet 3. */
    @Test
    public void anAttachThatFailsLeavesTheEndpointDetached() {
        said(RESET, ATTACH, ATTACH.replace("256", "16").replace("01:00.0", "00:02.0").replace("=5", "=6"), """
                virtio_iommu_attach domain=6 endpoint=256
                virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=0)
                virtio_iommu_put_domain Free domain=5
                virtio_iommu_map domain=6 virt_start=0x0 virt_end=0xfff phys_start=0x0 flags=1
                """);
        assertEquals("0x10>6 0x100>-", endpoints());
        said("virtio_iommu_attach domain=7 endpoint=16", "virtio_iommu_map domain=6 virt_start=0x1000 virt_end=0x1fff phys_start=0x0 flags=1");
        assertEquals("refused before anything was done", "0x10>6 0x100>-", endpoints());
    }

    /** Of an endpoint that may have been attached, one switch may be the old domain's end or the new one's beginning. */
    @Test
    public void anAttachOfWhichTheEndIsNotCertainLeavesItUnknown() {
        said("virtio_iommu_map domain=6 virt_start=0x1000 virt_end=0x1fff phys_start=0x0 flags=1", "virtio_iommu_attach domain=6 endpoint=256",
                "virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=1)",
                "virtio_iommu_map domain=6 virt_start=0x2000 virt_end=0x2fff phys_start=0x0 flags=1");
        assertEquals("0x100>? 0x10>?", endpoints());
        said("virtio_iommu_attach domain=6 endpoint=256", """
                virtio_iommu_detach_endpoint_from_domain domain=9 endpoint=256
                virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=1)
                virtio_iommu_switch_address_space Device 01:00.0 switching address space (iommu enabled=1)
                """);
        assertEquals("newer versions say what it leaves", "0x100>6 0x10>?", endpoints());
        said("virtio_iommu_detach_endpoint_from_domain domain=6 endpoint=256");
        assertEquals("0x100>- 0x10>?", endpoints());
    }

    @Test
    public void whatCannotBeShowsThatLinesWereLost() {
        said(RESET, ATTACH, MAP, MAP.replace("0x3790000", "0x4000000"));
        assertEquals("5:[0xffffe000-0xffffffff>0x4000000/0x3]?", domains());
        assertEquals("0x100>? 0x10>?", endpoints());
        said(RESET, ATTACH, "virtio_iommu_unmap_done domain=5 virt_start=0x1000 virt_end=0x1fff");
        assertEquals("", domains());
        assertEquals("0x100>? 0x10>?", endpoints());
        said(RESET, "virtio_iommu_map domain=8 virt_start=0x1000 virt_end=0x1fff phys_start=0x0 flags=1");
        assertEquals("8:[0x1000-0x1fff>0x0/0x1]?", domains());
        said(RESET, ATTACH, "virtio_iommu_map domain=5 virt_start=0x10");
        assertEquals("a line cut short", "", domains());
        assertEquals("0x100>? 0x10>?", endpoints());
    }

    /** QEMU 11.1.3 with Linux 7.2, all of its trace but translations: what QEMU itself held at the end is in the capture's description. */
    @Test
    public void theTraceOfACaptureGivesItsDomainsAndEndpoints() throws Exception {
        try (BufferedReader trace = new BufferedReader(new InputStreamReader(new GZIPInputStream(
                TracedRequestsTest.class.getResourceAsStream("/virtio-iommu-x86-trace.gz")), StandardCharsets.ISO_8859_1))) {
            trace.lines().forEach(requests::line);
        }
        Map<String, Object> machine = QmpJson.read(Files.readAllBytes(Captures.path("virtio-iommu-x86").resolve("machine.json")));
        Attributes unit = QmpClient.attributes(machine).children("units").get(0);
        assertTrue(requests.isComplete());
        assertEquals(told(unit.children("domains"), "mappings"), told(facts().children("domains"), "mappings"));
        assertEquals(told(unit.children("endpoints"), "reservedRegions"), told(facts().children("endpoints"), "reservedRegions"));
    }

    /** Id and domain in numbers, and the list as it is, in ascending order of ids. */
    private static List<String> told(List<Attributes> elements, String list) {
        return elements.stream().sorted(Comparator.comparing(e -> e.number("id").orElseThrow())).map(e -> e.number("id").orElseThrow() + " "
                + e.number("domain").map(String::valueOf).orElse("-") + " " + e.children(list).stream().map(m -> m.keys().stream().sorted()
                        .map(key -> key + "=" + m.raw(key)).toList()).toList()).toList();
    }

    @Test
    public void linesMayHaveATimeInFrontAndOtherTextIsNoLine() {
        said("4242@1795166816.706825:" + RESET, ATTACH.replace("virtio", "1795166821.938340 virtio"), "guest says xvirtio_iommu_put_domain Free domain=5",
                "virtio_iommu_get_config page_size_mask=0xfffffffffffff000 bypass=0x1", "");
        assertEquals("5:[]", domains());
        assertEquals("0x100>5", endpoints());
    }

    @Test
    public void aDeviceThatAsksIsToldItsRegions() {
        said(RESET, "virtio_iommu_fill_resv_property dev= 256, type=1 start=0xfee00000 end=0xfeefffff",
                "virtio_iommu_fill_resv_property dev= 256, type=0 start=0x1000 end=0x1fff", ATTACH);
        assertEquals(List.of(Map.of("start", "0xfee00000", "last", "0xfeefffff", "type", "msi"), Map.of("start", "0x1000", "last", "0x1fff", "type", "reserved")),
                facts().children("endpoints").get(0).raw("reservedRegions"));
        Attributes unknown = new Attributes(new VirtioRequests(List.of(), null).facts(said(ATTACH.replace("256", "16")).requests));
        assertEquals("where they cannot be asked for, nothing is said of the endpoint", false, unknown.children("endpoints").get(0).keys().contains("domain"));
    }
}
