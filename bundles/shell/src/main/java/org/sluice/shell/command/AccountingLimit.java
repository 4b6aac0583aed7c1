// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.Account;
import org.sluice.api.space.AccountingService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.AccountRows;
import org.sluice.shell.session.Console;

/** Limits how much may be mapped in an address space. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "accounting-limit", description = "Limits how much may be mapped in an address space",
        detailedDescription = """
                A map beyond the limit is refused as a whole; the refusal says limit, used and asked. What is already \
                mapped above a new limit stays. 'none' lifts the limit. A durable space keeps it.

                Example: accounting-limit lab guest1 64M""")
public final class AccountingLimit extends MachineCommand {
    private static final String NONE = "none";

    @Reference
    private SpaceService spaces;

    @Reference
    private AccountingService accounting;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "size", required = true, description = "Bytes, or with K, M, G; or 'none'")
    private String size;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        accounting.limit(named, size.equals(NONE) ? Account.UNLIMITED : Arguments.size(size));
        for (Account account : accounting.accounts(target)) {
            if (account.kind().equals("space") && account.owner().equals(space)) {
                console.record(AccountRows.SCHEMA, account);
            }
        }
        return Outcome.DONE;
    }
}
