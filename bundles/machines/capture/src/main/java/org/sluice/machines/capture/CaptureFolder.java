// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.nio.file.Files;
import java.nio.file.Path;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Which files make up what a user asked for.
 *
 * @param description {@code machine.json} or the {@code .json} beside an image, or null: an image alone
 * @param image ELF core or raw memory
 */
record CaptureFolder(Path description, Path image) {
    static final String DESCRIPTION = "machine.json";
    static final String ELF = "memory.elf";
    static final String RAW = "memory.raw";

    /**
     * A folder, its {@code machine.json} or image, an image with {@code IMAGE.json} beside it, or an image alone.
     *
     * @throws IommuException {@code NOT_FOUND} if something is missing, {@code CONFLICT} if a folder has two images
     */
    static CaptureFolder locate(Path origin) {
        if (Files.isDirectory(origin)) {
            return inFolder(origin);
        }
        if (!Files.exists(origin)) {
            throw new IommuException(Reason.NOT_FOUND, origin + ": no such file or folder");
        }
        if (!Files.isRegularFile(origin)) {
            throw Trouble.bad(origin, "is neither a file nor a folder");
        }
        String name = String.valueOf(origin.getFileName());
        if (name.equals(DESCRIPTION)) {
            return inFolder(origin.resolveSibling(""));
        }
        Path beside = origin.resolveSibling(name + ".json");
        if (Files.exists(beside)) {
            return new CaptureFolder(beside, origin);
        }
        Path inFolder = origin.resolveSibling(DESCRIPTION);
        boolean ofFolder = (name.equals(ELF) || name.equals(RAW)) && Files.exists(inFolder);
        return new CaptureFolder(ofFolder ? inFolder : null, origin);
    }

    private static CaptureFolder inFolder(Path folder) {
        Path description = folder.resolve(DESCRIPTION);
        Path elf = folder.resolve(ELF);
        Path raw = folder.resolve(RAW);
        if (!Files.exists(description)) {
            throw new IommuException(Reason.NOT_FOUND, folder + ": is a folder without " + DESCRIPTION
                    + "; a capture folder holds " + DESCRIPTION + " and " + ELF + " (see docs/capture-format.md)");
        }
        if (Files.exists(elf) && Files.exists(raw)) {
            throw new IommuException(Reason.CONFLICT, folder + ": has both " + ELF + " and " + RAW + "; remove one");
        }
        Path image = Files.exists(raw) ? raw : elf;
        if (!Files.exists(image)) {
            throw new IommuException(Reason.NOT_FOUND, folder + ": has a description but no memory: " + ELF + " (or " + RAW
                    + ") is missing; copy the whole folder");
        }
        return new CaptureFolder(description, image);
    }

    /** Where files named in the description lie. */
    Path base() {
        return (description == null ? image : description).resolveSibling("");
    }
}
