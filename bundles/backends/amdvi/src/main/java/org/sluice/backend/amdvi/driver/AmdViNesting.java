// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.List;

import org.sluice.api.Capabilities;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DomainTable;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;

/**
 * Guest tables of users over host tables of the driver's domains (section 2.2.6). Every requester with such tables has a domain id of its own, because
 * what guest tables translate is known by domain and PASID. Not thread-safe.
 */
final class AmdViNesting implements NestingDriver {
    /** What a user may say in INVALIDATE_IOMMU_PAGES; the domain that it names is not ours. */
    private static final long OPERANDS = Commands.OPCODE.put(-1) | Commands.PASID.put(-1) | Commands.DOMAIN.put(-1);
    private static final long RANGE = Commands.SIZED.put(1) | Commands.DIRECTORIES.put(1) | Commands.GUEST.put(1) | Commands.ADDRESS.address(-1L);

    private static final int COMMAND_BYTES = 16;

    private final UnitDriver driver;
    private final UnitPort port;
    private final UnitState state;
    private final Requesters requesters;

    AmdViNesting(UnitDriver driver, UnitPort port, UnitState state, Requesters requesters) {
        this.driver = driver;
        this.port = port;
        this.state = state;
        this.requesters = requesters;
    }

    @Override
    public List<UserFormat> tables() {
        return List.of(UserGuest.FORMAT);
    }

    @Override
    public Capabilities parents() {
        return driver.capabilities();
    }

    @Override
    public DomainTable createParent(DomainSpec spec) {
        return driver.createTable(spec);
    }

    @Override
    public void check(UserTable table) {
        UserGuest.of(table, state);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable parent, UserTable table) {
        if (pasid != TranslationRequest.NO_PASID) {
            throw port.failure(Reason.UNSUPPORTED, "gives all PASIDs of a device to a user, or none");
        }
        requesters.attach(device, (AmdViDomain) parent, UserGuest.of(table, state));
    }

    @Override
    public UserEntries.Outcome invalidate(DomainTable parent, UserTable table, UserEntries entries) {
        if (table == null) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, "commands for AMD-Vi are for one table, and none is meant"));
        }
        UserEntries.Outcome outcome = entries.inOrder(UserEntries.AMDVI, "commands for AMD-Vi", in -> {
            int number = in.position() / COMMAND_BYTES;
            return command(parent, table, in.getLong(), in.getLong()) ? null : Refusal.of(Rule.INVALID, null,
                    "a user's command for AMD-Vi is INVALIDATE_IOMMU_PAGES with GN, and entry " + number + " is none");
        });
        if (outcome.done() > 0) {
            requesters.complete();
        }
        return outcome;
    }

    /** Whether it is one that a user may give; then it is in the buffer. */
    private boolean command(DomainTable parent, UserTable table, long low, long high) {
        boolean good = (low & ~OPERANDS | high & ~RANGE) == 0 && Commands.GUEST.get(high) != 0
                && Commands.OPCODE.get(low) == Commands.OPCODE.get(Commands.opcode(Commands.INVALIDATE_IOMMU_PAGES));
        if (good) {
            requesters.invalidate(parent, table, (int) Commands.PASID.get(low), high);
        }
        return good;
    }
}
