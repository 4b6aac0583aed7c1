// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;

/**
 * One typed field of a record type. Subclasses are one per type of value, so that numbers reach the text without boxing:
 * a bulk translation writes some ten million fields.
 *
 * @param <T> the record
 */
public abstract class Column<T> {
    /** What stands for "none" in a table or a tab-separated line. */
    static final String NONE = "-";

    private final SerializedString name;
    private final Place place;

    /** Where a column shows. */
    enum Place {
        EVERYWHERE, TABLE_ONLY, JSON_ONLY;

        boolean inTable() {
            return this != JSON_ONLY;
        }

        boolean inJson() {
            return this != TABLE_ONLY;
        }
    }

    Column(String name, Place place) {
        this.name = new SerializedString(name);
        this.place = place;
    }

    /** Name in JSON and in the header of tab-separated lines. */
    public final String name() {
        return name.getValue();
    }

    /** Title in a table: {@code mappedBytes} becomes {@code MAPPED BYTES}. */
    final String title() {
        StringBuilder title = new StringBuilder();
        for (char c : name().toCharArray()) {
            if (Character.isUpperCase(c)) {
                title.append(' ');
            }
            title.append(Character.toUpperCase(c));
        }
        return title.toString();
    }

    final SerializedString jsonName() {
        return name;
    }

    final Place place() {
        return place;
    }

    /** Whether a table aligns it to the right. */
    boolean rightAligned() {
        return false;
    }

    /** Columns expected before any row was seen, so that a long table does not jump. */
    int leastWidth() {
        return 0;
    }

    /** The value for people; {@link #NONE} if there is none. */
    abstract String tableText(T row);

    /** The exact value on one line; {@link #NONE} if there is none. */
    abstract String plainText(T row);

    /** Writes name and value, or nothing if the value is not known. */
    abstract void writeJson(T row, JsonGenerator json) throws IOException;
}
