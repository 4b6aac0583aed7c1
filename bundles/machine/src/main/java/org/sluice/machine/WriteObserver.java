// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

/**
 * Is told of each write to a memory as soon as it is visible, in the order and by the thread of the writer: for tests of what hardware
 * could see between two writes. Given to {@link PhysicalMemory.Builder#observer}; memory without one pays nothing but a look whether there
 * is one.
 */
@FunctionalInterface
public interface WriteObserver {
    /**
     * One word was written; filling and clearing tell each word.
     *
     * @param bytes 4 or 8
     * @param before what was there, zero-extended
     * @param after what is there now, zero-extended
     */
    void wrote(long address, int bytes, long before, long after);
}
