// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;

public class DeliveringPortTest {
    private static final int TAIL = 0x10;

    private final RegisterFile file = new RegisterFile(0x40).define(0x20, 0, -1, 0);
    private final List<String> seen = new ArrayList<>();
    private final DeliveringPort port = new DeliveringPort(file, TAIL, 0xff0) {
        @Override
        protected void tailMoved() {
            seen.add("tail " + Integer.toHexString(file.read32(TAIL)) + locked());
        }

        @Override
        protected void settle() {
            seen.add("settled" + locked());
        }

        private String locked() {
            return Thread.holdsLock(file) ? " locked" : "";
        }
    };

    @Test
    public void whatMovesWithTheTailRunsAfterItsWriteWithNoMonitorHeld() {
        port.write32(TAIL, -1);
        port.write64(TAIL, 0x1234_5678_0000_0120L);
        assertEquals(List.of("tail ff0", "settled", "tail 120", "settled"), seen);
        assertEquals("a queue's pointer is in the low word", 0x120, port.read64(TAIL));
    }

    @Test
    public void whatHardwareWritesMovesNothing() {
        file.set(TAIL, 5);
        assertEquals(List.of(), seen);
        assertEquals(5, port.read32(TAIL));
    }

    @Test
    public void otherWritesAreTheFilesAndSettledWhenItIsUnlocked() {
        file.onWrite(0x20, (before, written) -> seen.add("hook " + written));
        port.write32(0x20, 7);
        port.write64(0x20, 0x1_0000_0009L);
        port.write32(TAIL + 4, 3);
        assertEquals(List.of("hook 7", "settled", "hook 9", "settled", "settled"), seen);
        assertEquals(9, file.read64(0x20));
        assertEquals("beside the tail is nothing", 0, file.read64(TAIL));
    }

    @Test
    public void theTailIsARegisterOfTheFile() {
        assertTrue(port.isKnown(0x38, 8));
        assertFalse(port.isKnown(0x3c, 8));
        port.write32(TAIL, 0x40);
        file.reset();
        assertEquals(0, port.read32(TAIL));
    }
}
