// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.function.Function;

import com.fasterxml.jackson.core.JsonGenerator;

/** True, false, or not known. */
final class FlagColumn<T> extends Column<T> {
    private final Function<T, Boolean> value;

    FlagColumn(String name, Place place, Function<T, Boolean> value) {
        super(name, place);
        this.value = value;
    }

    @Override
    String tableText(T row) {
        return plainText(row);
    }

    @Override
    String plainText(T row) {
        Boolean flag = value.apply(row);
        return flag == null ? NONE : flag ? "yes" : "no";
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        Boolean flag = value.apply(row);
        if (flag != null) {
            json.writeFieldName(jsonName());
            json.writeBoolean(flag);
        }
    }
}
