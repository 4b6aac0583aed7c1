// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths as the user means them: relative to the directory where the user is, not where the platform was started. */
public final class UserPaths {
    /** System property with the user's directory; set by the launcher. */
    public static final String DIRECTORY = "sluice.cwd";

    /** System property with the product's folder; set by the launcher. */
    private static final String HOME = "sluice.home";
    /** Captures that ship with the product: examples work from any folder. */
    private static final String SHIPPED = "captures";

    private UserPaths() {
    }

    /** Where relative paths start. */
    public static Path directory() {
        return Path.of(System.getProperty(DIRECTORY, System.getProperty("user.dir")));
    }

    /** The path as the user means it; {@code captures/...} is the product's own where the user's folder has none. */
    public static Path resolve(String path) {
        Path own = inUserDirectory(path);
        String home = System.getProperty(HOME);
        if (home == null || Files.exists(own) || !Path.of(path).startsWith(SHIPPED)) {
            return own;
        }
        Path shipped = Path.of(home).resolve(path).normalize();
        return Files.exists(shipped) ? shipped : own;
    }

    private static Path inUserDirectory(String path) {
        try {
            if (path.equals("~") || path.startsWith("~/")) {
                return Path.of(System.getProperty("user.home") + path.substring(1));
            }
            return directory().resolve(path).normalize();
        } catch (InvalidPathException e) {
            throw new CommandException("'" + path + "' is not a path: " + e.getReason(), e);
        }
    }
}
