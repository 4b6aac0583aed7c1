// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.sluice.machine.RegisterPort;

/**
 * The registers of a modelled unit: 32-bit words with reset values, the bits that software may write, the bits that it clears by
 * writing one, and what hardware does after a write. 64-bit registers are two words; software may write them as halves, low half
 * first, so what a 64-bit register does hangs on the half that carries its command.
 *
 * <p>Every write holds this object's monitor, and so does a hook: the whole unit sees register writes one after another. A read waits
 * for nobody; it may see what a hook in another thread has set so far, as it may while hardware is at work. Who decides by several
 * registers holds the monitor itself. Apart from that are registers that are moved forward with {@link #advance}, by one part of the hardware
 * alone.
 */
public final class RegisterFile implements RegisterPort {
    /** What hardware does when software has written a word. */
    @FunctionalInterface
    public interface WriteHook {
        /**
         * @param before the word before the write
         * @param written what software wrote, whatever of it took effect
         */
        void written(int before, int written);
    }

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] words;
    private final int[] resets;
    private final int[] writable;
    private final int[] clearable;
    private final WriteHook[] hooks;

    /** @param bytes size of the register block, a multiple of 4; words not defined read as zero and ignore writes */
    public RegisterFile(int bytes) {
        words = new int[bytes / 4];
        resets = new int[bytes / 4];
        writable = new int[bytes / 4];
        clearable = new int[bytes / 4];
        hooks = new WriteHook[bytes / 4];
    }

    /**
     * Defines a 32-bit register, or one half of a 64-bit one.
     *
     * @param reset value after reset, taken at once
     * @param writableMask bits that take the value written
     * @param writeOneToClear bits that a written one clears
     */
    public RegisterFile define(int offset, int reset, int writableMask, int writeOneToClear) {
        int i = offset >>> 2;
        resets[i] = reset;
        words[i] = reset;
        writable[i] = writableMask;
        clearable[i] = writeOneToClear;
        return this;
    }

    /** Defines a 64-bit register. */
    public RegisterFile define64(int offset, long reset, long writableMask, long writeOneToClear) {
        return define(offset, (int) reset, (int) writableMask, (int) writeOneToClear)
                .define(offset + 4, (int) (reset >>> 32), (int) (writableMask >>> 32), (int) (writeOneToClear >>> 32));
    }

    /** Sets what happens after software writes the word at {@code offset}. */
    public RegisterFile onWrite(int offset, WriteHook hook) {
        hooks[offset >>> 2] = hook;
        return this;
    }

    public synchronized void reset() {
        for (int i = 0; i < words.length; i++) {
            WORDS.setVolatile(words, i, resets[i]);
        }
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return offset >= 0 && offset + bytes <= words.length * 4;
    }

    @Override
    public int read32(int offset) {
        int i = offset >>> 2; // as unsigned, so that one comparison is all the checking
        return i < words.length ? (int) WORDS.getVolatile(words, i) : 0;
    }

    @Override
    public synchronized void write32(int offset, int value) {
        if (offset >>> 2 < words.length) {
            written(offset, store(offset, value), value);
        }
    }

    /** Both halves, then what hardware does after each: a command in one half finds the other as it was written with it. */
    @Override
    public synchronized void write64(int offset, long value) {
        if ((offset >>> 2) + 1 < words.length) {
            int low = store(offset, (int) value);
            int high = store(offset + Integer.BYTES, (int) (value >>> Integer.SIZE));
            written(offset, low, (int) value);
            written(offset + Integer.BYTES, high, (int) (value >>> Integer.SIZE));
        }
    }

    /** Writes as software does, without the hook; the word before. */
    private int store(int offset, int value) {
        int i = offset >>> 2;
        int before = words[i];
        WORDS.setRelease(words, i, (before & ~writable[i] | value & writable[i]) & ~(value & clearable[i]));
        return before;
    }

    private void written(int offset, int before, int value) {
        WriteHook hook = hooks[offset >>> 2];
        if (hook != null) {
            hook.written(before, value);
        }
    }

    /** Sets a word as hardware does: no masks, no hook. */
    public synchronized void set(int offset, int value) {
        WORDS.setRelease(words, offset >>> 2, value);
    }

    /** Sets a 64-bit register as hardware does. */
    public synchronized void set64(int offset, long value) {
        WORDS.setRelease(words, offset >>> 2, (int) value);
        WORDS.setRelease(words, (offset >>> 2) + 1, (int) (value >>> 32));
    }

    /** Sets a word as hardware does, without the monitor: for what nothing else writes while it is moved. */
    public void advance(int offset, int value) {
        WORDS.setRelease(words, offset >>> 2, value);
    }

    /**
     * As {@link #advance}, where software may set the register back at any time.
     *
     * @return false, and nothing has changed, if the word is not {@code expected} any more
     */
    public boolean advance(int offset, int expected, int value) {
        return WORDS.compareAndSet(words, offset >>> 2, expected, value);
    }

    /** Sets and clears bits of a word as hardware does. */
    public synchronized void change(int offset, int setBits, int clearBits) {
        WORDS.setRelease(words, offset >>> 2, words[offset >>> 2] & ~clearBits | setBits);
    }
}
