// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.HashMap;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/** Messages become bits of a vector and an adapter interruption. */
public class InterruptTest {
    private static final long WINDOW = 0xfe00_0000_0000_0000L;
    private final Rig rig = new Rig(AddressRange.ofSize(0x10_0000, 0x4000))
            .function(1, 0, 0x1000, 0x1fff, Map.of("interruptWord", "0x20200080", "aibv", "0x7000", "aisb", "0x7100"))
            .function(2, 0x10_0804);

    private InterruptReport ask(int fid, long address, long data) {
        return rig.inspector().remapInterrupt(new InterruptRequest(DeviceId.function(fid), address, data), true);
    }

    @Test
    public void workedExampleOfAMessage() {
        InterruptReport report = ask(1, WINDOW, 9);
        assertEquals(Result.POSTED, report.result());
        assertEquals(9, report.vector());
        assertTrue(report.reason(), report.reason().contains("bit 0x40 of the byte at 0x7001"));
        assertTrue(report.reason(), report.reason().contains("bit 0x80 of the byte at 0x7100"));
        assertTrue(report.reason(), report.reason().endsWith("subclass 2"));
        assertEquals(1, report.steps().size());
    }

    @Test
    public void vectorsBeyondTheNumberAreRefused() {
        assertEquals(Result.POSTED, ask(1, WINDOW, 31).result());
        InterruptReport beyond = ask(1, WINDOW, 32);
        assertEquals(Result.BLOCKED, beyond.result());
        assertEquals(0x0a, beyond.fault().code());
    }

    @Test
    public void aMessageWithoutRegistrationIsRefused() {
        Map<String, Object> none = new HashMap<>();
        none.put("interruptWord", null);
        rig.function(3, 0x10_0804, 0, Rig.WIDE_OPEN, none);
        InterruptReport report = ask(3, WINDOW + 0x100, 0);
        assertEquals(Result.BLOCKED, report.result());
        assertEquals(0x10, report.fault().code());
    }

    @Test
    public void whatTheDescriptionDoesNotSayIsUnknown() {
        InterruptReport report = ask(2, WINDOW, 1);
        assertEquals(Result.UNKNOWN, report.result());
        assertTrue(report.reason(), report.reason().contains("interruptWord"));
        assertEquals(Result.UNKNOWN, ask(77, WINDOW, 1).result());
    }

    @Test
    public void otherAddressesAreOrdinaryWrites() {
        InterruptReport write = ask(1, 0x1040, 5);
        assertEquals(Result.PASSED, write.result());
        assertEquals(0x1040, write.outputAddress());
        assertEquals("OORANGE", ask(1, 0x8000, 5).fault().name());
        assertEquals("INVALTE", ask(2, 0x8000, 5).fault().name());
    }
}
