// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.space.Account;
import org.sluice.api.space.AccountingService.Estimate;
import org.sluice.api.space.Refusal;
import org.sluice.machine.DeviceId;
import org.sluice.shell.render.Schema;

/** What is held in its place for devices, and what more would cost. */
public final class AccountRows {
    public static final Schema<Account> SCHEMA = Schema.of(Account.class)
            .text("kind", Account::kind)
            .text("owner", Account::owner)
            .bytes("pinnedBytes", Account::pinnedBytes)
            .bytes("limitBytes", Account::limitBytes, Account::isLimited)
            .bytes("peakBytes", Account::peakBytes)
            .bytes("tableBytes", Account::tableBytes)
            .build();

    public static final Schema<Estimate> ESTIMATE = Schema.of(Estimate.class)
            .text("space", Estimate::space)
            .flag("fits", e -> e.refusals().isEmpty())
            .bytes("askedBytes", Estimate::askedBytes)
            .bytes("usedBytes", Estimate::usedBytes)
            .bytes("limitBytes", Estimate::limitBytes, e -> e.limitBytes() != Account.UNLIMITED)
            .bytes("tableBytes", Estimate::tableBytes)
            .jsonOnly()
            .rowsOrNone("refusals", RefusalRows.SCHEMA, Estimate::refusals, Refusal::line)
            .build();

    /** Devices that an operator lets raise interrupts of others. */
    public static final Schema<DeviceId> UNISOLATED = Schema.of(DeviceId.class)
            .text("device", d -> d)
            .build();

    private AccountRows() {
    }
}
