// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

/** Something that vectors are put to. Not thread-safe. */
interface Bench extends AutoCloseable {
    /** What becomes of the vector's access. */
    Answer ask(Vector vector);

    @Override
    void close();
}
