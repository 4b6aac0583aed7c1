// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.layout;

import java.util.List;

/**
 * A page-table format described for people and tools.
 *
 * @param backend name of the backend that owns it
 * @param name unique within the backend, {@code second-stage-4}
 * @param levels top first
 * @param inputBits width of the input address
 * @param outputBits width of the output address
 * @param clause specification, revision and section
 */
public record TableFormat(String backend, String name, String title, List<Level> levels, int inputBits, int outputBits, String clause) {
    public TableFormat {
        levels = List.copyOf(levels);
    }

    /**
     * One level.
     *
     * @param vendorLevel the vendor's number for it
     * @param indexLow lowest input bit that indexes the table
     * @param indexBits how many bits do
     * @param tableBytes size of a table
     * @param leafSizes page sizes in bytes that a leaf here may have; empty if there are only tables
     * @param entry layout's name of its entries
     */
    public record Level(int vendorLevel, int indexLow, int indexBits, long tableBytes, List<Long> leafSizes, String entry) {
    }
}
