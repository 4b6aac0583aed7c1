// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.nio.file.Path;

/**
 * What was found when a {@link Journal} was read.
 *
 * @param records good records, all of which were replayed
 * @param end offset in the file at which they end
 * @param state whether there was more
 * @param lost bytes after the good ones, which are no longer in the journal
 * @param reason why the record at {@code end} is not good, one line; empty if there is none
 * @param kept the file that holds the lost bytes if they were more than a torn tail; else null
 */
public record Recovery(long records, long end, State state, long lost, String reason, Path kept) {
    /** What follows the good records. */
    public enum State {
        /** Nothing. */
        CLEAN,
        /** A record that was being written when the writer ended. */
        TORN,
        /** Good records follow a bad one, which is damage or a power failure that reordered what was not synced; or the file's own header is bad. */
        CORRUPT
    }
}
