// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.machine.DeviceId;

/** What the inspector makes of event records, built by hand from section 7.3 (sheet 7): 64-bit words, lowest first. */
public class RecordedEventsTest {
    private static final long QUEUE = TestUnit.RAM + 0x181_0000;
    private static final int LOG2 = 3;
    private static final long SID = 5L << 32;
    private static final long SSV = 1 << 11;
    private static final long READ = 1L << 35;
    private static final long INSTRUCTION = 1L << 34;
    private static final long STAGE_2 = 1L << 39;
    private static final long STALL = 1L << 31;
    private static final long IOVA = 0x1234_5678L;

    private final TestUnit unit = new TestUnit();

    /** The records from the first entry on; {@code read} of them software has taken already. */
    private List<FaultRecord> told(int read, long[]... records) {
        for (int i = 0; i < records.length; i++) {
            unit.put(QUEUE + 32L * i, records[i]);
        }
        unit.set(QueueRegisters.EVENTQ_BASE, QUEUE | LOG2).set(QueueRegisters.EVENTQ_PROD, records.length).set(QueueRegisters.EVENTQ_CONS, read);
        return unit.inspector().faults().stream().filter(f -> f.index() < records.length).toList();
    }

    private FaultRecord one(long... record) {
        return told(0, new long[][] {record}).get(0);
    }

    @Test
    public void directionsOfAccesses() {
        assertEquals("r", one(SID | 0x10, READ, IOVA, 0).access());
        assertEquals("w", one(SID | 0x10, 0, IOVA, 0).access());
        assertEquals("x", one(SID | 0x10, READ | INSTRUCTION, IOVA, 0).access());
        assertEquals("a write is no fetch", "w", one(SID | 0x10, INSTRUCTION, IOVA, 0).access());
        assertEquals("not told", "", one(SID | 0x04, READ, 0, 0).access());
    }

    @Test
    public void everyFieldOfATranslationFault() {
        FaultRecord record = one(SID | 0x13, READ, IOVA, 0);
        assertEquals("F_PERMISSION", record.fault().name());
        assertEquals(0x13, record.fault().code());
        assertEquals(IOVA, record.iova());
        assertEquals(DeviceId.stream(5), record.device());
        assertEquals(TranslationRequest.NO_PASID, record.pasid());
        assertFalse(record.text(), record.text().contains("stage 2"));
        assertFalse(record.text(), record.text().contains("stalled"));
        assertEquals("SSV = 0: the field says nothing", TranslationRequest.NO_PASID, one(SID | 7 << 12 | 0x10, READ, IOVA, 0).pasid());
        assertEquals(0xabcde, one(SID | 0xabcdeL << 12 | SSV | 0x10, READ, IOVA, 0).pasid());
        assertEquals(0, one(SID | SSV | 0x10, READ, IOVA, 0).pasid());
    }

    @Test
    public void stageTwoTellsItsClassAndAddress() {
        String[] classes = {"CD", "TT", "IN"};
        for (int i = 0; i < classes.length; i++) {
            String text = one(SID | 0x10, READ | STAGE_2 | (long) i << 40, IOVA, 0x8765_4000L).text();
            assertTrue(text, text.contains("stage 2, class " + classes[i] + ", intermediate address 0x87654000"));
        }
    }

    @Test
    public void stalledTransactionsAreToldAsSuch() {
        assertTrue(one(SID | 0x10, READ | STALL | 7, IOVA, 0).text().contains("(stalled)"));
        assertFalse("no translation, no stall", one(SID | 0x04, STALL, 0, 0).text().contains("stalled"));
    }

    @Test
    public void fetchesTellTheirAddress() {
        FaultRecord record = one(SID | SSV | 9 << 12 | 0x09, 0, 0, 0x7000_0040L);
        assertEquals("F_CD_FETCH", record.fault().name());
        assertEquals("no address of the transaction", 0, record.iova());
        assertEquals(9, record.pasid());
        assertTrue(record.text(), record.text().contains("at 0x70000040"));
        assertTrue(one(SID | 0x03, 0, 0, 0x7000_0080L).text().contains("at 0x70000080"));
    }

    /** F_BAD_ATS_TREQ has the page that was asked for in word 2. */
    @Test
    public void refusedRequestsTellTheirPage() {
        FaultRecord record = one(SID | 0x05, 0x8000_0000L, 0x1234_5000L, 0);
        assertEquals("F_BAD_ATS_TREQ", record.fault().name());
        assertEquals(0x1234_5000L, record.iova());
        assertEquals("", record.access());
    }

    @Test
    public void configurationsHaveNoAddress() {
        FaultRecord record = one(SID | 0x0a, READ, IOVA, 0);
        assertEquals("C_BAD_CD", record.fault().name());
        assertEquals(0, record.iova());
    }

    @Test
    public void recordsThatSoftwareHasReadAreOlderOnes() {
        List<FaultRecord> records = told(1, new long[] {SID | 0x10, READ, 0x1000, 0}, new long[] {SID | 0x12, READ, 0x2000, 0});
        assertEquals(List.of(0x1000L, 0x2000L), records.stream().map(FaultRecord::iova).toList());
        assertTrue(records.get(0).text().contains("(already read by software)"));
        assertFalse(records.get(1).text().contains("already read"));
        assertEquals(List.of(0, 1), records.stream().map(FaultRecord::index).toList());
    }
}
