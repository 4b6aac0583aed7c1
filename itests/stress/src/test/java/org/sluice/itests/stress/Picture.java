// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Origin;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/** A machine's durable spaces in lines, as its services tell them. */
final class Picture {
    private Picture() {
    }

    static List<String> of(Platform platform, Machine machine) {
        List<String> lines = new ArrayList<>();
        if (machine == null) {
            return lines;
        }
        for (AddressSpace space : platform.spaces.list(machine)) {
            if (space.isDurable()) {
                lines.add("space " + space.name());
                space.attachments().stream().map(a -> " " + a.device() + " " + a.pasid() + " " + a.unit()).sorted().forEach(lines::add);
                space.owned().stream().filter(o -> o.origin() == Origin.OPERATOR).map(o -> " " + o).sorted().forEach(lines::add);
                space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> lines.add(" " + new AddressRange(iova, last) + " to "
                        + Hex.of(output) + " " + Permissions.text(permissions) + " " + kind));
            }
        }
        return lines;
    }
}
