// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.sluice.api.TranslationRequest.NO_PASID;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Permissions;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.DeviceTranslation.DeviceSide;
import org.sluice.spi.DeviceTranslation.Reply;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitDriver.DomainSpec;

/** What the driver does for devices that cache translations: their description says {@code ats}. */
@RunWith(Parameterized.class)
public class DriverAndDeviceTlbTest {
    /** ECAP.DT. */
    private static final long DT = 1L << 2;
    private static final DeviceId PLAIN = DeviceId.parse("0000:00:03.0");
    private static final DeviceId CACHING = DeviceId.parse("0000:01:04.0");
    private static final long IOVA = 0x4000_0000L;

    @Parameters(name = "{0}")
    public static Object[] modes() {
        return DriverMode.values();
    }

    private final PoweredUnit unit;
    private final DeviceTranslation device;
    private final DomainTable table;
    private final List<String> forgotten = new ArrayList<>();
    private final Reply reply = new Reply();

    public DriverAndDeviceTlbTest(DriverMode mode) {
        unit = new PoweredUnit(mode, 0, DT);
        device = unit.model.deviceTranslation().orElseThrow();
        device.setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                forgotten.add(Long.toHexString(requester) + " " + pasid + " " + Long.toHexString(iova) + " " + Long.toHexString(last));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                throw new AssertionError("nobody asked");
            }
        });
        unit.driver.start();
        table = unit.driver.createTable(new DomainSpec(1, 39, 1 << 12 | 1 << 21));
        assertEquals(Outcome.OK, table.map(IOVA, 0x7000, 0x3000, Permissions.READ_WRITE));
        unit.driver.attach(PLAIN, NO_PASID, table);
        unit.driver.attach(CACHING, NO_PASID, table);
    }

    private Completion request(DeviceId who) {
        return device.request(who.requesterId(), NO_PASID, IOVA, Permissions.READ_WRITE, reply);
    }

    @Test
    public void onlyDevicesWithACacheMayAskForTranslations() {
        assertEquals(Completion.SUCCESS, request(CACHING));
        assertEquals(0x7000, reply.address);
        assertEquals(Permissions.READ_WRITE, reply.permissions);
        assertEquals(Completion.UNSUPPORTED_REQUEST, request(PLAIN));
    }

    @Test
    public void devicesForgetWhatIsUnmappedAndWhatTheyAreDetachedFrom() {
        unit.driver.invalidate(table, IOVA + 0x1000, IOVA + 0x1fff);
        unit.driver.invalidate(table, IOVA, IOVA + 0x2fff);
        assertEquals(List.of("120 -1 40001000 40001fff", "120 -1 40000000 40003fff"), forgotten);
        forgotten.clear();
        unit.driver.detach(PLAIN, NO_PASID);
        assertEquals(List.of(), forgotten);
        unit.driver.detach(CACHING, NO_PASID);
        assertEquals(List.of("120 -1 0 ffffffffffffffff"), forgotten);
        assertEquals(Completion.UNSUPPORTED_REQUEST, request(CACHING));
    }

    /** PCI Express codes the size in the address: it must come out as it went in. */
    @Test
    public void everySizeIsToldAsItsNaturallyAlignedRange() {
        for (int shift = 12; shift < 36; shift++) {
            forgotten.clear();
            long start = 5L << shift;
            unit.driver.invalidate(table, start, start + (1L << shift) - 1);
            assertEquals(List.of("120 -1 " + Long.toHexString(start) + " " + Long.toHexString(start + (1L << shift) - 1)), forgotten);
        }
    }
}
