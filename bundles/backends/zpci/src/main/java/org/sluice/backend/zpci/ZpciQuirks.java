// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.List;

import org.sluice.api.EmulatorQuirk;
import org.sluice.backend.zpci.layout.Zpci;

/** Where QEMU's zPCI host bridge differs from the architecture: the table in {@code docs/backends/qemu-differences.md}, which a test compares with this one. */
final class ZpciQuirks {
    static final List<EmulatorQuirk> ALL = List.of(
            quirk("zpci-refreshed-only", "7.2", null,
                    "without the refresh bit of the group, tables are walked at DMA",
                    "QEMU walks for RPCIT alone and answers DMA from what it then cached"),
            quirk("zpci-invalid-entry-code", "7.2", null,
                    "an access that an invalid entry stops is PEC 0x4 (zPCI, error events)",
                    "QEMU says 0x7"),
            quirk("zpci-anchor-types", "7.2", null,
                    "the group says which designation types an anchor may have (zPCI, anchors)",
                    "QEMU takes region-third alone"),
            quirk("zpci-identity", "7.2", "10.0",
                    "a group may offer T=0, addresses as they are (zPCI, anchors)",
                    "QEMU refuses it"),
            quirk("zpci-length-unchecked", "7.2", null,
                    "length and offset count in every region entry (zPCI, region, segment and page tables)",
                    "QEMU looks at them in region-third entries alone, and takes one with 0x400 for a table"),
            quirk("zpci-stored-state", "7.2", null,
                    "STPCIFC stores enabled 0x80, error 0x40, blocked 0x20 (zPCI, modifying function controls)",
                    "QEMU stores 0xe0 in the error state and 0xc0 in the blocked one"),
            quirk("zpci-blocked-dma", "7.2", null,
                    "DMA of a blocked function is dropped (zPCI, modifying function controls)",
                    "QEMU answers it"),
            quirk("zpci-replace-refused", "7.2", null,
                    "a re-registration that is refused changes nothing (zPCI, modifying function controls)",
                    "QEMU has unregistered by then"),
            quirk("zpci-refresh-reach", "7.2", null,
                    "RPCIT ends where the tables do",
                    "QEMU lets addresses beyond wrap around in them"),
            quirk("zpci-refresh-limit", "7.2", null,
                    "status 16 says that some mappings did not fit",
                    "QEMU counts pages and refuses the refresh that uses the last one"),
            quirk("zpci-event-details", "7.2", null,
                    "error events tell ETT, MVN, Q and RW (zPCI, error events)",
                    "QEMU leaves them 0"),
            quirk("zpci-unregistered-silent", "7.2", null,
                    "DMA of a function with nothing registered is PEC 0x1 (zPCI, error events)",
                    "QEMU drops it without an event"),
            quirk("zpci-message-bits", "7.2", null,
                    "all 32 bits of a message are the vector (zPCI, interrupts)",
                    "QEMU looks at the low 11"));

    private ZpciQuirks() {
    }

    private static EmulatorQuirk quirk(String id, String since, String before, String architecture, String emulator) {
        return new EmulatorQuirk(Zpci.BACKEND, id, since, before, architecture, emulator);
    }
}
