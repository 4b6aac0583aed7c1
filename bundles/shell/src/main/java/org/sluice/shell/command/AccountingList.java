// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.AccountingService;
import org.sluice.shell.rows.AccountRows;
import org.sluice.shell.session.Console;

/** Lists how much memory is held in its place for devices, by owner. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "accounting-list", description = "Lists how much memory is pinned for devices, by owner",
        detailedDescription = """
                Owners are address spaces, and users and processes whose memory the VFIO front-end has pinned. Shown are \
                what is pinned now, the limit, the most that was pinned, and the memory that the units' tables take. A \
                value that is absent means no limit, or is not known.

                Example: accounting-list lab""")
public final class AccountingList extends MachineCommand {
    @Reference
    private AccountingService accounting;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(AccountRows.SCHEMA, accounting.accounts(target), "nobody holds memory; space-create makes an address space");
        return Outcome.DONE;
    }
}
