// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

/** One device with the software that uses it. Used by one thread. */
interface Exercise {
    /** Vectors that it wants. */
    int VECTORS = 2;

    /** Maps what stays mapped. */
    void prepare();

    /**
     * Does one operation and checks what came of it.
     *
     * @return whether it was done; {@code false} if nothing let it through, to be tried again
     */
    boolean step(long number);

    /** Unmaps everything. */
    void finish();
}
