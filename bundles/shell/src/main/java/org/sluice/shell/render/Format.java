// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

/** The three forms of every answer. */
public enum Format {
    /** Aligned columns for people: padded addresses, sizes in 4K, 2M, 1G. */
    TABLE,
    /** The table's columns, tab-separated, exact values, a header line with the JSON names, {@code -} for none. */
    PLAIN,
    /** One object per line; unknown fields are absent. */
    JSON
}
