// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.testkit.Seed;
import org.sluice.testkit.radix.RadixRig.Leaf;

/**
 * What every page-table format has to fulfil under the shared algorithms; a vendor subclasses it and names its formats. What is
 * written must read back, each input bit must count once, and nothing but what was mapped may be found. Editing is in the
 * parent class.
 */
public abstract class RadixFormatConformance extends RadixEditConformance {

    @Test
    public void pagesOfEverySizeTranslateAtTheirBoundaries() {
        for (RadixFormat format : formats()) {
            for (int shift : RadixRig.pageShifts(format)) {
                long size = 1L << shift;
                long highestInput = RadixRig.input(format, -size);
                long highestOutput = RadixRig.outputMask(format) & -size;
                for (long iova : new long[] {0, size, highestInput, RadixRig.input(format, highestInput >>> 1 & -size)}) {
                    for (long output : new long[] {0, size, highestOutput, highestOutput >>> 1 & -size}) {
                        roundTrip(format, shift, iova, output);
                    }
                }
            }
        }
    }

    private static void roundTrip(RadixFormat format, int shift, long iova, long output) {
        String at = name(format) + " page 2^" + shift + " " + Long.toHexString(iova) + " -> " + Long.toHexString(output);
        long size = 1L << shift;
        RadixRig rig = new RadixRig(format, size);
        assertEquals(at, RadixEditor.OK, rig.map(iova, output, size));
        for (long offset : new long[] {0, 1, size / 2, size - 1}) {
            assertEquals(at, output + offset, rig.read(iova + offset));
            assertEquals(at, shift, rig.walker.pageShift());
        }
        if (format.accepts(iova + size)) {
            assertMissing(at, rig, iova + size);
        }
        if (format.accepts(iova - 1)) {
            assertMissing(at, rig, iova - 1);
        }
        List<Leaf> leaves = rig.sweep();
        assertEquals(at, 1, leaves.size());
        assertEquals(at, new Leaf(iova, iova + size - 1, output, rig.walker.permissions()), leaves.get(0));
        assertEquals(at, size, rig.editor.unmap(iova, size));
        assertMissing(at, rig, iova);
        rig.editor.release();
        assertEquals(at, 0, rig.pages.inUse());
    }

    @Test
    public void eachInputBitIsDecodedOnce() {
        Random random = Seed.random();
        for (RadixFormat format : formats()) {
            for (int shift : RadixRig.pageShifts(format)) {
                long size = 1L << shift;
                long iova = RadixRig.input(format, random.nextLong() & -size);
                long output = random.nextLong() & RadixRig.outputMask(format) & -size;
                RadixRig rig = new RadixRig(format, size);
                assertEquals(RadixEditor.OK, rig.map(iova, output, size));
                for (int bit = 0; bit < Long.SIZE; bit++) {
                    String at = name(format) + " page 2^" + shift + " bit " + bit;
                    long flipped = iova ^ 1L << bit;
                    if (bit < shift) {
                        assertEquals(at, output ^ 1L << bit, rig.read(flipped));
                    } else {
                        assertMissing(at, rig, flipped);
                    }
                }
                rig.editor.release();
            }
        }
    }

    @Test
    public void permissionsAreWhatWasAskedFor() {
        for (RadixFormat format : formats()) {
            for (int shift : RadixRig.pageShifts(format)) {
                boolean readable = false;
                for (int permissions = 0; permissions <= Permissions.ALL; permissions++) {
                    readable |= permissionsHold(format, 1L << shift, permissions) && (permissions & Permissions.READ) != 0;
                }
                assertTrue(name(format) + " can map nothing readable with pages of 2^" + shift, readable);
            }
        }
    }

    /** Whether the format can express the permissions. */
    private static boolean permissionsHold(RadixFormat format, long size, int permissions) {
        String at = name(format) + " " + Permissions.text(permissions);
        RadixRig rig = new RadixRig(format, size);
        int answer = rig.editor.map(size, size, size, permissions, 0);
        if (answer == RadixEditor.NOT_EXPRESSIBLE) {
            assertEquals(at + ": refused, but mapped", List.of(), rig.sweep());
            return false;
        }
        assertEquals(at, RadixEditor.OK, answer);
        // A page without any permission may be in the table, but is no mapping.
        int granted = rig.sweep().stream().mapToInt(Leaf::permissions).findFirst().orElse(0);
        assertEquals(at + ": granted too little", permissions, granted & permissions);
        for (int need = 1; need <= Permissions.ALL; need++) {
            long walked = rig.walk(size, need);
            if ((granted & need) == need) {
                assertEquals(at, size, walked);
                assertEquals(at, granted, rig.walker.permissions());
            } else {
                assertEquals(at + " asked for " + Permissions.text(need), RadixWalker.NOT_PERMITTED, RadixWalker.outcome(walked));
            }
        }
        rig.editor.release();
        return true;
    }

    @Test
    public void addressesBeyondTheWidthFault() {
        for (RadixFormat format : formats()) {
            RadixRig rig = new RadixRig(format);
            for (int bit = format.description().inputBits(); bit < Long.SIZE; bit++) {
                assertEquals(name(format) + " bit " + bit, RadixWalker.BEYOND_WIDTH, RadixWalker.outcome(rig.read(1L << bit)));
                assertEquals(0, rig.walker.entry());
            }
            rig.editor.release();
        }
    }

    /** The sweep is the walker's twin: for each corruption of one bit they must agree on what is mapped. */
    @Test
    public void walkAndSweepAgreeOnAnyLeaf() {
        for (RadixFormat format : formats()) {
            for (int shift : RadixRig.pageShifts(format)) {
                long size = 1L << shift;
                RadixRig rig = new RadixRig(format, size);
                assertEquals(RadixEditor.OK, rig.map(0, 0, size));
                long address = rig.leafEntryAddress();
                long leaf = rig.memory.readLong(address);
                for (int bit = 0; bit < Long.SIZE; bit++) {
                    rig.memory.writeLong(address, leaf ^ 1L << bit);
                    agree(name(format) + " page 2^" + shift + " bit " + bit, rig);
                }
                rig.memory.writeLong(address, leaf);
                rig.editor.release();
            }
        }
    }

    private static void agree(String at, RadixRig rig) {
        Leaf leaf = rig.sweep().stream().filter(l -> l.iova() == 0).findFirst().orElse(null);
        long walked = rig.read(0);
        if (walked >= 0) {
            assertEquals(at, leaf.output(), walked);
            assertEquals(at, leaf.permissions(), rig.walker.permissions());
        } else {
            assertTrue(at, leaf == null || (leaf.permissions() & Permissions.READ) == 0);
        }
    }

    private static void assertMissing(String at, RadixRig rig, long iova) {
        int outcome = RadixWalker.outcome(rig.read(iova));
        assertTrue(at + ": " + Long.toHexString(iova) + " is found",
                outcome == RadixWalker.NOT_PRESENT || outcome == RadixWalker.BEYOND_WIDTH && !rig.format.accepts(iova));
    }
}
