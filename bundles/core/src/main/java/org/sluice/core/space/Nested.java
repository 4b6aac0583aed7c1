// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.List;

import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.DeviceId;

/** A user's table over a space; all of what it does is {@link NestedDomains}'. */
final class Nested implements NestedDomain {
    private final NestedDomains siblings;
    private final UserTable table;

    Nested(NestedDomains siblings, UserTable table) {
        this.siblings = siblings;
        this.table = table;
    }

    @Override
    public AddressSpace parent() {
        return siblings.parent();
    }

    @Override
    public UserTable table() {
        return table;
    }

    @Override
    public void attach(DeviceId device, int pasid) {
        siblings.attach(device, pasid, this);
    }

    @Override
    public List<Attachment> attachments() {
        return siblings.attachments(this);
    }

    @Override
    public UserEntries.Outcome invalidate(UserEntries entries) {
        return siblings.invalidate(this, entries);
    }

    @Override
    public void destroy() {
        siblings.destroy(this);
    }
}
