// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import java.util.Arrays;
import java.util.Locale;

import org.sluice.machine.IommuException;

/** States of a PCI function. */
public enum FunctionState {
    RESERVED, STANDBY, DISABLED, ENABLED,
    /** The error state after its block was reset: software may look at the function, its DMA is still stopped. */
    BLOCKED,
    ERROR, PERMANENT_ERROR;

    /** Instructions that need an enabled function find one: its handle is valid for them. */
    public boolean isUsable() {
        return this == ENABLED || this == BLOCKED || this == ERROR;
    }

    /** As a description writes it: {@code permanent-error}. */
    static FunctionState parse(String text) {
        return Arrays.stream(values()).filter(s -> s.text().equals(text)).findFirst()
                .orElseThrow(() -> new IommuException(IommuException.Reason.BAD_FORMAT, "functions: there is no state '" + text + "'"));
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
