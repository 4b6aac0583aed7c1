// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitModel;

/** The steps of docs/backends/virtio.md. */
public class TranslationTest {
    private final Rig rig = new Rig().domain(1, false, Rig.mapping(0x1000, 0x1fff, 0xa000, 1), Rig.mapping(0x4000, 0x7fff, 0x10_0000, 2),
                    Rig.mapping(0x9000, 0x9fff, 0x10_0000, 0))
            .domain(2, true).endpoint(0x18, 1, Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi"), Rig.region(0x8000, 0x8fff, "reserved"))
            .endpoint(0x28, 2, Rig.region(0x8000, 0x8fff, "reserved")).endpoint(0x20, null);

    @Test
    public void workedExampleOfAMapping() {
        TranslationReport read = rig.translate(0x18, 0x1234, Access.READ);
        assertEquals(0xa234, read.output());
        assertEquals(4096, read.pageSize());
        assertEquals(Permissions.READ, read.permissions());
        assertEquals(2, read.steps().size());
        TranslationReport write = rig.translate(0x18, 0x1234, Access.WRITE);
        assertEquals(2, write.fault().code());
        assertEquals("MAPPING", write.fault().name());
        assertEquals("a mapping that forbids is told with its size", 4096, write.pageSize());
        assertEquals("MAPPING", rig.read(0x18, 0x2000));
        assertEquals("MAPPING", rig.read(0x18, 0xfff));
        assertEquals("MAPPING", rig.read(0x18, 0x4000));
        assertEquals("a mapping that allows nothing", "MAPPING", rig.read(0x18, 0x9000));
        assertEquals(0x10_3fff, rig.translate(0x18, 0x7fff, Access.WRITE).output());
    }

    @Test
    public void workedExampleOfAnUnattachedEndpoint() {
        TranslationReport report = rig.translate(0x20, 0x5000, Access.READ);
        assertEquals(1, report.fault().code());
        assertEquals("DOMAIN", report.fault().name());
        rig.bypass(1);
        assertEquals("0x5000", rig.read(0x20, 0x5000));
        assertEquals(State.PASS_THROUGH, rig.inspector().context(DeviceId.stream(0x20), TranslationRequest.NO_PASID).state());
    }

    @Test
    public void theOldBypassFeatureCountsOnlyIfNegotiated() {
        rig.attributes.put("features", "0x1f");
        assertEquals("0x5000", rig.read(0x20, 0x5000));
    }

    @Test
    public void unknownEndpointsFaultWithoutBypass() {
        TranslationReport report = rig.translate(0x99, 0x5000, Access.READ);
        assertEquals(0, report.fault().code());
        assertEquals("UNKNOWN", report.fault().name());
        rig.devices.add(new DeviceDescription(DeviceId.parse("0000:00:13.1"), 0x99, "viommu", true, null, -1, Attributes.EMPTY));
        assertEquals("the machine says that the unit serves it", "DOMAIN", rig.read(0x99, 0x5000));
        assertEquals(-1 - 1, rig.model().translate(0x99, TranslationRequest.NO_PASID, 0x5000, Permissions.READ));
        rig.bypass(1);
        assertEquals("0x5000", rig.read(0x99, 0x5000));
    }

    @Test
    public void reservedRegionsComeFirst() {
        TranslationReport message = rig.translate(0x18, 0xfee0_1004L, Access.WRITE);
        assertEquals(0xfee0_1004L, message.output());
        assertEquals(0x10_0000, message.pageSize());
        assertEquals(Permissions.WRITE, message.permissions());
        assertEquals("MAPPING", rig.read(0x18, 0xfee0_1004L));
        assertEquals("MAPPING", rig.read(0x18, 0x8000));
        assertEquals("also in bypass", "MAPPING", rig.read(0x28, 0x8fff));
        assertEquals("0x9000", rig.read(0x28, 0x9000));
    }

    @Test
    public void bypassDomainsLetAddressesOut() {
        TranslationReport report = rig.translate(0x28, -1, Access.WRITE);
        assertEquals(-1, report.output());
        assertEquals(0, report.pageSize());
        assertTrue(report.reason(), report.reason().startsWith("pass-through"));
        assertEquals(State.PASS_THROUGH, rig.inspector().context(DeviceId.stream(0x28), TranslationRequest.NO_PASID).state());
    }

    @Test
    public void whatTheDescriptionDoesNotHoldIsUnknown() {
        rig.endpoint(0x30, 9);
        assertTrue(rig.read(0x30, 0).startsWith("UNKNOWN endpoint 0x30 is attached to domain 9"));
        rig.endpoints.add(Map.of("id", "0x38"));
        assertTrue(rig.read(0x38, 0).contains("does not say to which domain"));
        rig.attributes.remove("config");
        assertTrue(rig.read(0x20, 0).contains("config.bypass"));
        assertEquals("what does not rest on it stays", "0xa000", rig.read(0x18, 0x1000));
        rig.attributes.remove("endpoints");
        assertTrue(rig.read(0x18, 0x1000).startsWith("UNKNOWN"));
        assertEquals(-1, rig.model().translate(0x18, TranslationRequest.NO_PASID, 0x1000, Permissions.READ));
    }

    @Test
    public void aDomainOfWhichNotAllIsKnownNeverFaults() {
        rig.domains.add(Map.of("id", 3, "partial", true, "mappings", List.of(Rig.mapping(0x1000, 0x1fff, 0xa000, 1))));
        rig.endpoint(0x40, 3);
        assertEquals("0xa000", rig.read(0x40, 0x1000));
        assertEquals("a mapping that is known and forbids", "MAPPING", rig.translate(0x40, 0x1000, Access.WRITE).fault().name());
        assertTrue(rig.read(0x40, 0x2000), rig.read(0x40, 0x2000).startsWith("UNKNOWN domain 3 may map the address"));
        assertEquals(-1, rig.model().translate(0x40, TranslationRequest.NO_PASID, 0x2000, Permissions.READ));
        assertEquals(State.TRANSLATED, rig.inspector().context(DeviceId.stream(0x40), TranslationRequest.NO_PASID).state());
    }

    @Test
    public void theReasonWhySomethingIsUnknownIsThatOfTheMachine() {
        rig.endpoints.add(Map.of("id", "0x38", "whyUnknown", "nobody watched"));
        assertEquals("UNKNOWN nobody watched", rig.read(0x38, 0));
        rig.domain(7, false);
        assertFalse("its endpoint may be the one that is not known", rig.defects().contains("domain-orphan"));
        rig.attributes.put("whyUnknown", "nobody looked");
        rig.attributes.remove("endpoints");
        assertEquals("UNKNOWN nobody looked", rig.read(0x18, 0x1000));
    }

    @Test
    public void theModelAnswersAlike() {
        UnitModel model = rig.model();
        assertEquals(0xa234, model.translate(0x18, TranslationRequest.NO_PASID, 0x1234, Permissions.READ));
        assertEquals(-1 - 2, model.translate(0x18, TranslationRequest.NO_PASID, 0x1234, Permissions.WRITE));
        assertEquals(-1 - 1, model.translate(0x20, TranslationRequest.NO_PASID, 0x1234, Permissions.READ));
        assertEquals(-1, model.translate(0x99, TranslationRequest.NO_PASID, 0x1234, Permissions.READ));
        assertEquals(UnitModel.PASS_THROUGH, model.translate(0x28, TranslationRequest.NO_PASID, 0x1234, Permissions.READ));
        assertEquals(UnitModel.PASS_THROUGH, model.translate(0x18, TranslationRequest.NO_PASID, 0xfee0_0000L, Permissions.WRITE));
        assertEquals("no PASIDs", -1, model.translate(0x18, 3, 0x1234, Permissions.READ));
    }

    @Test
    public void messagesPassTheWindowOrAreTranslated() {
        InterruptReport passed = ask(0x18, 0xfee0_0000L);
        assertEquals(InterruptReport.Result.PASSED, passed.result());
        assertEquals(0xfee0_0000L, passed.outputAddress());
        assertEquals(0x10_0040, ask(0x18, 0x4040).outputAddress());
        assertEquals("MAPPING", ask(0x18, 0x1000).fault().name());
        assertEquals(InterruptReport.Result.BLOCKED, ask(0x20, 0xfee0_0000L).result());
    }

    private InterruptReport ask(int endpoint, long address) {
        return rig.inspector().remapInterrupt(new InterruptRequest(DeviceId.stream(endpoint), address, 1), false);
    }

    @Test
    public void addressesAtTheTopDoNotWrap() {
        Rig top = new Rig().domain(1, false, Rig.mapping(-4096, -1, 0x10_0000, 3)).endpoint(1, 1);
        assertEquals("0x100fff", top.read(1, -1));
        Rig all = new Rig().domain(1, false, Rig.mapping(0, -1, 0, 3)).endpoint(1, 1);
        TranslationReport report = all.translate(1, 0x1234, Access.READ);
        assertEquals(Result.MAPPED, report.result());
        assertEquals(0x1234, report.output());
        assertEquals(List.of(), all.inspector().reservedRanges());
    }
}
