// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Test vectors: tables in memory, registers and one access in; the address or the fault and its record out ({@code docs/vectors.md}).
 * Thread-safe. Failures are {@link org.sluice.machine.IommuException}s.
 */
@ProviderType
public interface VectorService {
    /**
     * Writes the vectors of all vendors, a folder each.
     *
     * @param folder is created; if it exists it must be empty
     */
    List<VectorFolder> export(Path folder, Progress progress);

    /**
     * Puts vectors to a model, or to a QEMU started for them, in the order of the file.
     *
     * @param path a folder with {@code vectors.jsonl}, or such a file
     * @param qemu program to start, or null for the model
     */
    void run(Path path, String qemu, Progress progress, Consumer<VectorResult> out);

    /** What was written: the vectors of one unit. */
    record VectorFolder(String folder, String unit, int vectors) {
    }
}
