// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths as the user means them: relative to the directory where the user is, not where the platform was started. */
public final class UserPaths {
    /** System property with the user's directory; set by the launcher. */
    public static final String DIRECTORY = "sluice.cwd";

    private UserPaths() {
    }

    /** Where relative paths start. */
    public static Path directory() {
        return Path.of(System.getProperty(DIRECTORY, System.getProperty("user.dir")));
    }

    public static Path resolve(String path) {
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
