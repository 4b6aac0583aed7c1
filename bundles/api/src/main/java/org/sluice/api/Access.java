// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.Locale;

/** What a device wants to do. */
public enum Access {
    READ(Permissions.READ, "r"), WRITE(Permissions.WRITE, "w"), EXECUTE(Permissions.EXECUTE, "x");

    private final int permission;
    private final String letter;

    Access(int permission, String letter) {
        this.permission = permission;
        this.letter = letter;
    }

    /** The bit of {@link Permissions} that allows this access. */
    public int permission() {
        return permission;
    }

    /** {@code r}, {@code w} or {@code x}. */
    public String letter() {
        return letter;
    }

    /**
     * Reads {@code r}, {@code w} or {@code x}.
     *
     * @throws IllegalArgumentException with a one-line reason otherwise
     */
    public static Access parse(String text) {
        return switch (text.trim().toLowerCase(Locale.ROOT)) {
            case "r", "read" -> READ;
            case "w", "write" -> WRITE;
            case "x", "execute" -> EXECUTE;
            default -> throw new IllegalArgumentException("'" + text + "' is not an access: write r, w or x");
        };
    }
}
