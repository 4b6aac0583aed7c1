// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;

public class RegisterFileTest {
    private final RegisterFile file = new RegisterFile(0x100)
            .define(0x00, 0x10, 0, 0)
            .define(0x04, 0xff, 0x0f, 0x30)
            .define64(0x08, 0x1_0000_0000L, 0xffff_ffff_ffff_f000L, 0);

    @Test
    public void writesReachWritableBitsOnly() {
        file.write32(0, -1);
        file.write32(4, 0x05);
        assertEquals(0x10, file.read32(0));
        assertEquals(0xf5, file.read32(4));
    }

    @Test
    public void aWrittenOneClearsAndAZeroKeeps() {
        file.write32(4, 0x1f);
        assertEquals(0xef, file.read32(4));
    }

    @Test
    public void a64BitRegisterIsTwoHalves() {
        file.write64(8, 0x1234_5678_9abc_def0L);
        assertEquals(0x1234_5678_9abc_d000L, file.read64(8));
        file.reset();
        assertEquals(0x1_0000_0000L, file.read64(8));
    }

    @Test
    public void hooksSeeWhatWasWrittenAndHardwareWritesHaveNone() {
        List<String> seen = new ArrayList<>();
        file.onWrite(4, (before, written) -> seen.add(before + ">" + written));
        file.write32(4, 0x03);
        file.set(4, 7);
        file.change(4, 8, 1);
        assertEquals(List.of("255>3"), seen);
        assertEquals(14, file.read32(4));
    }

    @Test
    public void aHookOfOneHalfFindsTheOtherAsItWasWrittenWithIt() {
        List<Long> seen = new ArrayList<>();
        file.onWrite(8, (before, written) -> seen.add(file.read64(8)));
        file.write64(8, 0x1234_5678_9abc_def0L);
        file.write32(8, 0x1000);
        assertEquals(List.of(0x1234_5678_9abc_d000L, 0x1234_5678_0000_1000L), seen);
        file.write64(0x100, -1);
        assertEquals(0, file.read64(0x100));
    }

    @Test
    public void outsideTheBlockReadsAreZeroAndWritesAreIgnored() {
        file.write32(0x200, 1);
        assertEquals(0, file.read32(0x200));
        assertFalse(file.isKnown(0xfe, 4));
    }

    @Test
    public void hardwareMovesAWordOnOnlyIfNobodyHasSetIt() {
        file.advance(0x20, 16);
        assertTrue(file.advance(0x20, 16, 32));
        assertFalse(file.advance(0x20, 16, 48));
        assertEquals(32, file.read32(0x20));
    }
}
