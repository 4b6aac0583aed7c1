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
 * registers holds the monitor itself. Two kinds of registers are apart from that: tails of queues, and what one part of the hardware alone
 * moves forward with {@link #advance}.
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
    private final Runnable[] tails;

    /** @param bytes size of the register block, a multiple of 4; words not defined read as zero and ignore writes */
    public RegisterFile(int bytes) {
        words = new int[bytes / 4];
        resets = new int[bytes / 4];
        writable = new int[bytes / 4];
        clearable = new int[bytes / 4];
        hooks = new WriteHook[bytes / 4];
        tails = new Runnable[bytes / 4];
    }

    /**
     * Defines a 32-bit register, or one half of a 64-bit one.
     *
     * @param reset value after reset, taken at once
     * @param writableMask bits that take the value written
     * @param writeOneToClear bits that a written one clears
     */
    public RegisterFile define(int offset, int reset, int writableMask, int writeOneToClear) {
        int i = offset / 4;
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
        hooks[offset / 4] = hook;
        return this;
    }

    /**
     * Defines the tail of a queue, 0 after reset, by which software tells how far it has come; {@code moved} runs after each write of the
     * word, in the writer's thread. Nothing else in the file hangs on it, so neither the write nor what follows takes the monitor.
     */
    public RegisterFile queueTail(int offset, int writableMask, Runnable moved) {
        tails[offset / 4] = moved;
        return define(offset, 0, writableMask, 0);
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
    public void write32(int offset, int value) {
        int i = offset >>> 2;
        if (i >= words.length) {
            return;
        }
        if (tails[i] != null) {
            moveTail(i, value);
        } else {
            writeWord(offset, value);
        }
    }

    private void moveTail(int i, int value) {
        WORDS.setRelease(words, i, value & writable[i]);
        tails[i].run();
    }

    /** Both halves, then what hardware does after each: a command in one half finds the other as it was written with it. */
    @Override
    public void write64(int offset, long value) {
        int i = offset >>> 2;
        if (i + 1 >= words.length) {
            return;
        }
        if (tails[i] != null) {
            moveTail(i, (int) value);
        } else {
            writeWords(offset, value);
        }
    }

    private synchronized void writeWord(int offset, int value) {
        written(offset, store(offset, value), value);
    }

    private synchronized void writeWords(int offset, long value) {
        int low = store(offset, (int) value);
        int high = store(offset + Integer.BYTES, (int) (value >>> Integer.SIZE));
        written(offset, low, (int) value);
        written(offset + Integer.BYTES, high, (int) (value >>> Integer.SIZE));
    }

    /** Writes as software does, without the hook; the word before. */
    private int store(int offset, int value) {
        int i = offset / 4;
        int before = words[i];
        WORDS.setRelease(words, i, (before & ~writable[i] | value & writable[i]) & ~(value & clearable[i]));
        return before;
    }

    private void written(int offset, int before, int value) {
        WriteHook hook = hooks[offset / 4];
        if (hook != null) {
            hook.written(before, value);
        }
    }

    /** Sets a word as hardware does: no masks, no hook. */
    public synchronized void set(int offset, int value) {
        WORDS.setRelease(words, offset / 4, value);
    }

    /** Sets a 64-bit register as hardware does. */
    public synchronized void set64(int offset, long value) {
        WORDS.setRelease(words, offset / 4, (int) value);
        WORDS.setRelease(words, offset / 4 + 1, (int) (value >>> 32));
    }

    /** Sets a word as hardware does, without the monitor: for what nothing else writes while it is moved. */
    public void advance(int offset, int value) {
        WORDS.setRelease(words, offset / 4, value);
    }

    /**
     * As {@link #advance}, where software may set the register back at any time.
     *
     * @return false, and nothing has changed, if the word is not {@code expected} any more
     */
    public boolean advance(int offset, int expected, int value) {
        return WORDS.compareAndSet(words, offset / 4, expected, value);
    }

    /** Sets and clears bits of a word as hardware does. */
    public synchronized void change(int offset, int setBits, int clearBits) {
        WORDS.setRelease(words, offset / 4, words[offset / 4] & ~clearBits | setBits);
    }
}
