// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.mock;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Makes the n-th thing that could fail fail, once. */
public final class FailNth {
    private int left;
    private boolean failed;

    /** @param nth from 1; 0 for never */
    public void arm(int nth) {
        left = nth;
        failed = false;
    }

    /** Something that could fail is about to happen. */
    public void step(String what) {
        if (left > 0 && --left == 0) {
            failed = true;
            throw new VfioException(Errno.ENOMEM, "injected: " + what);
        }
    }

    public boolean hasFailed() {
        return failed;
    }
}
