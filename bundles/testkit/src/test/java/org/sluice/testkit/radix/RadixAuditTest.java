// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DefectSink;

/** What an audit finds that a walk passes over. */
public class RadixAuditTest {
    private static final long ROOT = 0x1_0000;
    private static final long NEXT = 0x1_1000;

    private final PhysicalMemory memory = PhysicalMemory.allocate(AddressRange.ofSize(ROOT, 0x10_0000));

    @Test
    public void uncheckedReservedBitsAreDefectsAndTheAuditGoesOn() {
        memory.writeLong(ROOT, NEXT | 1 | 1L << 49);
        memory.writeLong(NEXT, 0x2_0000 | 7 | 1L << 48);
        memory.writeLong(NEXT + 8, 0x900_0000 | 7 | 1L << 50);
        assertEquals(List.of("reserved-bit 10000", "reserved-bit 11000", "reserved-bit 11008", "leaf-outside-ram 11008"), audit(SampleFormats.managedDirty()));
    }

    @Test
    public void largePagesStandInAllTheirEntriesAndPagesAreAligned() {
        long entry = 0x6000_0000_0000_0001L;
        memory.writeLong(ROOT, entry | 3 << 9 | NEXT);
        memory.writeLong(NEXT, entry | 1 << 9 | NEXT + 0x1000);
        for (int i = 0; i < 8; i++) {
            memory.writeLong(NEXT + 0x1000 + i * 8, entry | 7 << 9 | 0x2_1000);
        }
        memory.writeLong(NEXT + 0x1000 + 5 * 8, 0);
        assertEquals(List.of("page-entries-differ 12020"), audit(SampleFormats.sizedLeaves()));
        memory.writeLong(NEXT + 0x1000 + 5 * 8, entry | 7 << 9 | 0x2_1000);
        assertEquals(List.of(), audit(SampleFormats.sizedLeaves()));
        memory.writeLong(NEXT + 8, entry | 0x1000);
        memory.writeLong(NEXT + 0x1000, 0);
        assertTrue(audit(SampleFormats.sizedLeaves()).contains("superpage-misaligned 11008"));
    }

    private List<String> audit(RadixFormat format) {
        List<String> found = new ArrayList<>();
        RadixAudit audit = new RadixAudit(memory, new AuditRules("unit", List.of(), List.of(), List.of()), new DefectSink() {
            @Override
            public void defect(Defect defect) {
                found.add(defect.defect() + " " + Long.toHexString(defect.address()));
            }

            @Override
            public void unknown(long address) {
                found.add("unknown " + Long.toHexString(address));
            }

            @Override
            public void looked(long entries) {
            }
        });
        audit.add(new RadixAudit.Root(DeviceId.parse("00:01.0"), 1, format, ROOT, 0, List.of()));
        audit.finish();
        return found;
    }
}
