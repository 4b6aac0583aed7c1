// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Makes the one-line messages of this bundle: which file, which key, why, what to try. */
final class Trouble {
    private Trouble() {
    }

    static IommuException bad(String message) {
        return new IommuException(Reason.BAD_FORMAT, message);
    }

    static IommuException bad(Path file, String message) {
        return new IommuException(Reason.BAD_FORMAT, file + ": " + message);
    }

    /** What the operating system said of {@code file}, in words. */
    static IommuException io(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new IommuException(Reason.NOT_FOUND, file + ": no such file", e);
        }
        return new IommuException(Reason.IO, file + " cannot be read: " + reason(e), e);
    }

    /** Why a file operation failed, in words. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return oneLine(f.getReason());
        }
        return oneLine(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    /**
     * Runs {@code work} and puts {@code where} in front of what it complains about, so that a message names the key's place
     * ({@code units[0]: registers.CAP: 'value' is not a number}). Values that a type refuses become {@code BAD_FORMAT}.
     */
    static <T> T in(String where, Supplier<T> work) {
        try {
            return work.get();
        } catch (IommuException e) {
            throw new IommuException(e.reason(), where + ": " + e.getMessage(), e.range(), e);
        } catch (IllegalArgumentException e) {
            throw new IommuException(Reason.BAD_FORMAT, where + ": " + oneLine(e.getMessage()), e);
        }
    }

    /** Control characters of foreign text made harmless for a terminal. */
    static String oneLine(String text) {
        return text == null ? "" : text.replaceAll("\\p{Cntrl}+", " ");
    }
}
