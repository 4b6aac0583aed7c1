// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
        if (entries.type() != UserEntries.AMDVI || table == null) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, table == null ? "commands for AMD-Vi are for one table, and none is meant"
                    : "entries of type " + entries.type() + " where commands for AMD-Vi are type " + UserEntries.AMDVI));
        }
        ByteBuffer in = ByteBuffer.wrap(entries.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        int done = 0;
        boolean good = true;
        while (good && done < entries.count()) {
            long low = in.getLong();
            long high = in.getLong();
            good = (low & ~OPERANDS | high & ~RANGE) == 0 && Commands.GUEST.get(high) != 0
                    && Commands.OPCODE.get(low) == Commands.OPCODE.get(Commands.opcode(Commands.INVALIDATE_IOMMU_PAGES));
            if (good) {
                requesters.invalidate(parent, table, (int) Commands.PASID.get(low), high);
                done++;
            }
        }
        if (done > 0) {
            requesters.complete();
        }
        return new UserEntries.Outcome(done, good ? null : Refusal.of(Rule.INVALID, null,
                "a user's command for AMD-Vi is INVALIDATE_IOMMU_PAGES with GN, and entry " + done + " is none"));
    }
}
