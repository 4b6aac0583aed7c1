// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.vfio.Errno;

/** Something that is told what changed in tables owned by somebody else. */
@ConsumerType
public interface Invalidation {
    /** Type number and length of an entry. */
    DataFormat invalidationFormat();

    /** Does entries in order until one is bad. */
    Outcome invalidate(byte[] entries, int count);

    /**
     * What became of it.
     *
     * @param done entries done before the bad one
     * @param error why the next was refused, or null
     */
    record Outcome(int done, Errno error, String text) {
        public static Outcome done(int count) {
            return new Outcome(count, null, "");
        }
    }
}
