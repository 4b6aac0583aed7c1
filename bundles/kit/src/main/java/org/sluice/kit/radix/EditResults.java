// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DomainTable.Outcome;

/** What {@link RadixEditor} answers, in the terms of the contract. */
public final class EditResults {
    private EditResults() {
    }

    /** @param result of {@link RadixEditor#map} */
    public static Outcome mapped(int result) {
        return switch (result) {
            case RadixEditor.OK -> Outcome.OK;
            case RadixEditor.EXISTS -> Outcome.EXISTS;
            case RadixEditor.NO_MEMORY -> Outcome.NO_MEMORY;
            default -> Outcome.NOT_EXPRESSIBLE;
        };
    }

    /**
     * @param result of {@link RadixEditor#unmap}
     * @return bytes that were unmapped
     */
    public static long unmapped(long result) {
        if (result == -RadixEditor.NO_MEMORY) {
            throw new IommuException(Reason.LIMIT, "no page is left to split a larger one for unmapping");
        }
        if (result == -RadixEditor.NOT_EXPRESSIBLE) {
            throw new IllegalArgumentException("not whole pages within the table's width");
        }
        return result;
    }
}
