// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.List;

import org.sluice.machine.AddressRange;

/**
 * What {@link RadixAudit} has to know of the unit around the tables.
 *
 * @param unit unit's name
 * @param doorbells output addresses that raise interrupts when written
 * @param registers output addresses that are registers of an IOMMU
 * @param untranslated input addresses that never reach the tables (x86 interrupt window)
 */
public record AuditRules(String unit, List<AddressRange> doorbells, List<AddressRange> registers, List<AddressRange> untranslated) {
    public AuditRules {
        doorbells = List.copyOf(doorbells);
        registers = List.copyOf(registers);
        untranslated = List.copyOf(untranslated);
    }
}
