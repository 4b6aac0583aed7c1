// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

import org.sluice.shell.render.Renderer;

/**
 * Records on their way to the answer, rendered as they come.
 *
 * @param <T> the record
 */
public final class Rows<T> implements Consumer<T> {
    private final Renderer<T> renderer;
    private long count;

    Rows(Renderer<T> renderer) {
        this.renderer = renderer;
    }

    @Override
    public void accept(T row) {
        InterruptedAnswer.check();
        count++;
        try {
            renderer.row(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows so far. */
    public long count() {
        return count;
    }

    /** Hands on what can be handed on now, for a reader who waits. */
    public void flush() throws IOException {
        renderer.flush();
    }

    /** The last row has come. */
    public void finish() throws IOException {
        renderer.finish();
    }

    /** The last row has come; without any, a table says {@code nothing}. */
    public void finish(Console console, String nothing) throws IOException {
        renderer.finish();
        if (count == 0) {
            console.remark(nothing);
        }
    }
}
