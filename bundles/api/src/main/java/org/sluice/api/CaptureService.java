// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.nio.file.Path;

import org.osgi.annotation.versioning.ProviderType;

/** Keeps what is known of a machine, for later and for others: writes capture folders ({@code docs/capture-format.md}). Thread-safe. */
@ProviderType
public interface CaptureService {
    /** As {@link #write(Machine, Path, boolean, Progress)}, not full. */
    default Written write(Machine machine, Path folder, Progress progress) {
        return write(machine, folder, false, progress);
    }

    /**
     * Writes a capture folder with the memory that is known of {@code machine}, its registers and its description. What is not
     * known is left out, so that it stays unknown. After a failure nothing of it is left.
     *
     * <p>Of a machine that runs, only the pages are written that its IOMMUs' structures lie in, so that every question about them has the
     * answer it has now; devices' data stay out. What was known before anyhow, as in another capture, is written as it is.
     *
     * @param folder is created; if it exists it must be empty
     * @param full write all RAM, also of a machine that runs
     * @throws org.sluice.machine.IommuException {@code CONFLICT} if the folder has something in it, {@code IO} if it cannot be written
     */
    Written write(Machine machine, Path folder, boolean full, Progress progress);

    /**
     * What was written.
     *
     * @param pages pages of 4 KiB in the image
     * @param zeroPages pages listed as zero
     * @param imageBytes size of {@code memory.elf}
     */
    record Written(String folder, long pages, long zeroPages, long imageBytes) {
    }
}
