// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongFunction;

import org.sluice.api.space.Refusal.Rule;
import org.sluice.machine.DeviceId;

/**
 * What the owner of a table says of changes in it, in the vendor's own words: entries one after the other.
 *
 * @param type meaning of the entries; numbers are those of Linux's iommufd
 * @param bytes little-endian, {@code count} entries of one length; not copied
 * @param devices the device that the owner calls by a number, or null; asked only by formats whose entries name devices
 */
public record UserEntries(int type, byte[] bytes, int count, LongFunction<DeviceId> devices) {
    /** VT-d (first stage): address, pages, flags. */
    public static final int VTD = 0;
    /** SMMUv3: commands of 128 bits. */
    public static final int SMMUV3 = 1;
    /** AMD-Vi: commands of 128 bits. Linux has none; the number lies out of its way. */
    public static final int AMDVI = 0x8000_0003;

    /** Carries one entry out. */
    @FunctionalInterface
    public interface Entry {
        /**
         * @param words the entry is next; all of it has to be read
         * @return why it is refused, and nothing has come of it, or null
         */
        Refusal carryOut(ByteBuffer words);
    }

    /**
     * Carries entries out in order, up to the first that is refused.
     *
     * @param wanted the type that they have to be of
     * @param name what entries of that type are, for people
     * @throws RefusedException they are of another type ({@code STAGES})
     */
    public Outcome inOrder(int wanted, String name, Entry each) {
        if (type != wanted) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, "entries of type " + type + " where " + name + " are type " + wanted));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Refusal refusal = null;
        int done = 0;
        while (refusal == null && done < count) {
            refusal = each.carryOut(in);
            done += refusal == null ? 1 : 0;
        }
        return new Outcome(done, refusal);
    }

    /**
     * What became of them.
     *
     * @param done entries that the unit has carried out
     * @param refusal why the next was refused, and none after it looked at; or null
     */
    public record Outcome(int done, Refusal refusal) {
    }
}
