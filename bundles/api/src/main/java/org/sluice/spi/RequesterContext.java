// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.List;

import org.sluice.api.Fault;
import org.sluice.machine.DeviceId;

/**
 * What a unit's structures say of one requester.
 *
 * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
 * @param domain domain id, or -1
 * @param tableKind vendor's name of the tables, {@code second-stage}
 * @param levels levels of the table; 0 if there is none
 * @param table only if {@link State#TRANSLATED}
 * @param fault only if {@link State#BLOCKED}: what a DMA of this requester gets
 * @param entryAddress physical address of the entry that decides, or 0
 * @param entry raw entry, 64 bits each, lowest first; empty if none was read
 * @param text one line for people; for {@link State#UNKNOWN} names what is missing
 */
public record RequesterContext(DeviceId device, int pasid, State state, int domain, String tableKind, int levels,
        TableView table, Fault fault, long entryAddress, List<Long> entry, String text) {
    /** What happens to DMA of the requester. */
    public enum State { TRANSLATED, PASS_THROUGH, BLOCKED, UNKNOWN }
}
