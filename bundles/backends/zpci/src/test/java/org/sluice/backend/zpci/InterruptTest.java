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
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.UnitContext;

/** What the inspector says becomes of a message ("interrupts" in docs/backends/zpci.md; sheet, example 8). */
public class InterruptTest {
    private static final long MESSAGES = 0xfe00_0000_0000_0000L;

    private final PhysicalMemory memory = PhysicalMemory.allocate(Functions.RAM);

    private InterruptReport report(Map<String, Object> more, long address, long data) {
        new Tables(memory).map(0, 0x40_0001);
        MachineDescription machine = new Functions().function(Functions.FID, Tables.IOTA, Functions.FIRST, Functions.LAST, more).machine();
        return new ZpciInspector(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of())))
                .remapInterrupt(new InterruptRequest(Functions.device(Functions.FID), address, data), true);
    }

    private static Map<String, Object> registered() {
        return Map.of("interruptWord", "0x20200080", "aibv", "0x7000", "aisb", "0x7100");
    }

    @Test
    public void theSheetsExample() {
        InterruptReport report = report(registered(), MESSAGES, 9);
        assertEquals(Result.POSTED, report.result());
        assertEquals(9, report.vector());
        assertTrue(report.reason(), report.reason().contains("0x40 of the byte at 0x7001") && report.reason().contains("0x80 of the byte at 0x7100")
                && report.reason().contains("subclass 2"));
        assertEquals(1, report.steps().size());
    }

    @Test
    public void vectorsBeyondTheNumberAreRefused() {
        InterruptReport report = report(registered(), MESSAGES, 32);
        assertEquals(Result.BLOCKED, report.result());
        assertEquals(0x0a, report.fault().code());
    }

    @Test
    public void aMessageWithoutRegistrationIsRefused() {
        Map<String, Object> none = new HashMap<>();
        none.put("interruptWord", null);
        InterruptReport report = report(none, MESSAGES, 1);
        assertEquals(Result.BLOCKED, report.result());
        assertEquals(0x10, report.fault().code());
    }

    @Test
    public void whatIsNotToldIsUnknown() {
        assertEquals(Result.UNKNOWN, report(Map.of(), MESSAGES, 1).result());
        assertEquals(Result.UNKNOWN, report(Map.of("interruptWord", "0x20200080"), MESSAGES, 1).result());
        InterruptReport noSummary = report(Map.of("interruptWord", "0x20200080", "aibv", "0x7000"), MESSAGES, 1);
        assertTrue(noSummary.reason(), noSummary.reason().contains("not known"));
    }

    @Test
    public void otherAddressesAreOrdinaryWrites() {
        InterruptReport written = report(registered(), Tables.BASE + 4, 7);
        assertEquals(Result.PASSED, written.result());
        assertEquals(0x40_0004, written.outputAddress());
        assertEquals(0x04, report(registered(), Tables.address(1), 7).fault().code());
        assertEquals(0x02, report(registered(), 0xfee0_0000L, 7).fault().code());
        Map<String, Object> own = new HashMap<>(registered());
        own.put("msia", "0x8000000000000000");
        assertEquals(Result.POSTED, report(own, 0x8000_0000_0000_0000L, 7).result());
        assertEquals(0x02, report(own, MESSAGES, 7).fault().code());
    }

    @Test
    public void functionsNobodyKnowsAreUnknown() {
        MachineDescription machine = Functions.two().machine();
        InterruptReport report = new ZpciInspector(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of())))
                .remapInterrupt(new InterruptRequest(DeviceId.parse("00:1f.0"), MESSAGES, 1), false);
        assertEquals(Result.UNKNOWN, report.result());
    }
}
