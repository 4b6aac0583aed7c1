// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.List;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.Capabilities;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.machine.DeviceId;
import org.sluice.spi.UnitDriver.DomainSpec;

/**
 * Lays tables of others (user tables) over tables of the driver (parents), where the unit walks both. Callers serialise, together with the
 * {@link UnitDriver} it belongs to, whose {@code attach}, {@code detach} and {@code invalidate} hold for parents too: a device goes from a user
 * table to the bare parent by {@code attach}, and after {@code invalidate} of a parent's range no translation reaches what was there, by way of
 * whichever user table (NST-18).
 */
@ConsumerType
public interface NestingDriver {
    /** User tables that the unit takes. */
    List<UserFormat> tables();

    /** What parents can express, which may be other things than the unit's other tables do. */
    Capabilities parents();

    /** An empty table that can be a parent; as {@link UnitDriver#createTable} otherwise. */
    DomainTable createParent(DomainSpec spec);

    /**
     * Whether the unit takes that table.
     *
     * @throws org.sluice.api.space.RefusedException why not: its type is not this unit's ({@code STAGES}), or its data breaks the format
     *     ({@code INVALID})
     */
    void check(UserTable table);

    /**
     * Lets a requester use a user table over a parent, in place of what it had; what came of that is forgotten before this returns, and before the
     * new one is used.
     *
     * @param table as {@link #check} takes it; it is meant by identity
     */
    void attach(DeviceId device, int pasid, DomainTable parent, UserTable table);

    /**
     * Makes the unit forget what the owner of user tables says, for tables over that parent alone; done when this returns.
     *
     * @param parent null if no device uses it: then nothing is cached, and the entries are only looked at
     * @param table the table that is meant; null for all over the parent, which formats whose entries concern one table refuse ({@code STAGES})
     */
    UserEntries.Outcome invalidate(DomainTable parent, UserTable table, UserEntries entries);
}
