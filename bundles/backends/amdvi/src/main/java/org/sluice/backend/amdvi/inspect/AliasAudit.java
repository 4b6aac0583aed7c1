// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;
import java.util.Map;

import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.GroupDescription;

/**
 * Requesters that the unit cannot tell apart must be treated alike: a device and the DeviceID under which its requests arrive (IVRS
 * alias entries), and the members of an isolation group.
 */
final class AliasAudit {
    private final Subject subject;
    private final Findings findings;

    AliasAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    /**
     * @param entries configured entries by DeviceID
     * @param device only what concerns this requester, or null for all
     */
    void run(Map<Integer, Structure> entries, DeviceId device) {
        subject.firmware().aliases().forEach((id, alias) -> {
            if (entries.containsKey(id) && (device == null || device.equals(subject.device(id)))) {
                compare(id, entries.get(id), alias, entries.get(alias), "requests of this device arrive as ");
            }
        });
        for (GroupDescription group : subject.machine().groups()) {
            if (device == null || group.devices().contains(device)) {
                group(group, entries);
            }
        }
    }

    private void group(GroupDescription group, Map<Integer, Structure> entries) {
        List<Integer> members = group.devices().stream().map(subject::deviceId).filter(entries::containsKey).toList();
        for (int i = 1; i < members.size(); i++) {
            compare(members.get(i), entries.get(members.get(i)), members.get(0), entries.get(members.get(0)), "isolation group "
                    + group.id() + " also has ");
        }
    }

    private void compare(int id, Structure own, int otherId, Structure other, String why) {
        DeviceId device = subject.device(id);
        String text = why + subject.device(otherId) + " (DeviceID " + Hex.of(otherId) + ")";
        if (other == null) {
            findings.defect(device, "alias-entry-missing", own, text + ", whose entry is empty");
        } else if (!sameTables(own, other)) {
            findings.defect(device, "alias-entry-differs", own, text + ", whose entry leads elsewhere: "
                    + Hex.of(other.word(0)) + " " + Hex.of(other.word(1)) + " at " + Hex.of(other.address()));
        }
    }

    /** Whether two entries send DMA the same way; ATS and event settings may differ by device. */
    private static boolean sameTables(Structure a, Structure b) {
        return a.word(0) == b.word(0) && a.get(DeviceTableEntry.DOMAIN) == b.get(DeviceTableEntry.DOMAIN)
                && DeviceTableEntry.gcr3Root(a.word(0), a.word(1)) == DeviceTableEntry.gcr3Root(b.word(0), b.word(1));
    }
}
