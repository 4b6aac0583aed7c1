// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.Locale;

import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.shell.render.Schema;

/** Registers and queue entries of a unit. */
public final class RegisterRows {
    private RegisterRows() {
    }

    /** @param unit the unit's name, which a register does not carry */
    public static Schema<RegisterValue> registers(String unit) {
        return Schema.of(RegisterValue.class)
                .jsonOnly()
                .text("unit", r -> unit)
                .text("name", RegisterValue::name)
                .code("offset", RegisterValue::offset, r -> true)
                .tableOnly()
                .text("offset", r -> String.format(Locale.ROOT, "0x%03x", r.offset()))
                .text("name", RegisterValue::name)
                .everywhere()
                .number("bits", RegisterValue::bits)
                .text("value", r -> Words.oneNumber(r.words()))
                .rows("fields", FieldRows.NESTED, RegisterValue::fields, FieldRows::summary)
                .build();
    }

    /** @param unit the unit's name, which an entry does not carry */
    public static Schema<QueueEntry> queues(String unit) {
        return Schema.of(QueueEntry.class)
                .jsonOnly()
                .text("unit", q -> unit)
                .everywhere()
                .text("queue", QueueEntry::queue)
                .number("index", QueueEntry::index)
                .address("address", QueueEntry::address)
                .flag("pending", QueueEntry::pending)
                .text("structure", QueueEntry::structure)
                .jsonOnly()
                .text("entry", q -> Words.oneNumber(q.words()))
                .rows("fields", FieldRows.NESTED, QueueEntry::fields, FieldRows::summary)
                .tableOnly()
                .text("entry", q -> Words.padded(q.words()))
                .everywhere()
                .text("text", QueueEntry::text)
                .build();
    }
}
