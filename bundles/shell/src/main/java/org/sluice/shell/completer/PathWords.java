// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.sluice.shell.session.UserPaths;

/** Paths that begin as what was typed, as the user would write them. */
final class PathWords {
    private static final int MOST = 500;
    /** Before the path of a running QEMU's socket. */
    private static final String QEMU = "qemu:";

    private PathWords() {
    }

    /** Paths of what can be opened: files, and sockets behind their scheme. */
    static List<String> ofOrigin(String typed) {
        if (typed.startsWith(QEMU)) {
            return of(typed.substring(QEMU.length())).stream().map(QEMU::concat).toList();
        }
        List<String> words = new ArrayList<>(of(typed));
        words.add(QEMU);
        return words;
    }

    static List<String> of(String typed) {
        int slash = typed.lastIndexOf('/') + 1;
        String folder = typed.substring(0, slash);
        String begin = typed.substring(slash);
        List<String> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(UserPaths.resolve(folder),
                entry -> shown(entry.getFileName().toString(), begin))) {
            for (Path entry : entries) {
                paths.add(folder + entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""));
                if (paths.size() == MOST) {
                    break;
                }
            }
        } catch (IOException e) {
            // Nothing there that can be listed.
        }
        Collections.sort(paths);
        return paths;
    }

    private static boolean shown(String name, String begin) {
        return name.startsWith(begin) && (begin.startsWith(".") || !name.startsWith("."));
    }
}
