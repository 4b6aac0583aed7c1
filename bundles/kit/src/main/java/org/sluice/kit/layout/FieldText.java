// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.layout;

import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.FieldValue;
import org.sluice.machine.Hex;

/** How a decoded field reads: addresses in place, small numbers decimal, names behind. */
public final class FieldText {
    private static final int SMALL = 10;

    private FieldText() {
    }

    public static String of(FieldValue value) {
        long number = value.value();
        String text = value.field().kind() == Kind.ADDRESS ? Hex.of(number << value.field().low() % Long.SIZE)
                : Long.compareUnsigned(number, SMALL) < 0 ? Long.toString(number) : Hex.of(number);
        return value.text().isEmpty() ? text : text + "(" + value.text() + ")";
    }
}
