// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Turns records of one kind into text, row by row. Not thread-safe.
 *
 * @param <T> the record
 */
public abstract class Renderer<T> {
    /** The renderer of that format, writing to {@code out}, which it neither flushes nor closes. */
    public static <T> Renderer<T> of(Format format, Schema<T> schema, OutputStream out) throws IOException {
        return switch (format) {
            case TABLE -> new TableRenderer<>(schema, out);
            case PLAIN -> new PlainRenderer<>(schema, out);
            case JSON -> new JsonRenderer<>(schema, out);
        };
    }

    /** As {@link #of}, for rows that come one by one: a table shows each at once, and not after many of them. */
    public static <T> Renderer<T> live(Format format, Schema<T> schema, OutputStream out) throws IOException {
        return format == Format.TABLE ? new TableRenderer<>(schema, out, 1) : of(format, schema, out);
    }

    public abstract void row(T row) throws IOException;

    /** Hands on to the stream what can be handed on now; a table may hold rows back until it knows its widths. */
    public void flush() throws IOException {
        // Most renderers hold nothing back.
    }

    /** Writes what is still held back; no row follows. */
    public abstract void finish() throws IOException;
}
