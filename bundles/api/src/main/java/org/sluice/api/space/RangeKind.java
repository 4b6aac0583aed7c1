// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/** What a range of an address space is for. Every range has exactly one kind (MSI-01). */
public enum RangeKind {
    /** Memory of the machine that a user of the space mapped. */
    USER,
    /** Memory of a virtual machine, where input is its physical address. */
    RAM,
    /** A register that raises an interrupt when written. */
    DOORBELL,
    /** Kept free: hardware does something else with these addresses. */
    RESERVED,
    /** Must be mapped one to one: firmware or a device in the background uses it. */
    DIRECT,
    /** Registers or memory of another device behind the same bridge. */
    PEER_WINDOW
}
