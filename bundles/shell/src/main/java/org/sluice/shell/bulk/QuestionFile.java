// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import java.io.IOException;

/**
 * A text of questions, one per line, each with one answer.
 *
 * @param <R> the answer as a record to show
 */
public interface QuestionFile<R> {
    /** Goes to the next question; false at the end. */
    boolean next() throws IOException;

    /** The answer to the current question; a line that is none has the answer that it is not known. */
    R answer();

    boolean isUnknown(R row);
}
