// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.machine.DeviceId;

/**
 * A page table of somebody else's, over a parent space: its owner writes it in memory that the parent maps, the unit reads it and sends what it
 * says through the parent. Whoever writes it reaches nothing that the parent does not map. No method pins or maps anything (NST-01), and none
 * knows virtual machines (NST-17). All or nothing, and thread-safe, as {@link AddressSpace}.
 */
@ProviderType
public interface NestedDomain {
    AddressSpace parent();

    UserTable table();

    /**
     * Lets a device use the table, in place of whatever it uses and at once: every access is translated by the old or by the new one (NST-02,
     * NST-11). Refused as {@link AddressSpace#attach} of the parent is, and with {@link Refusal.Rule#STAGES}. Back to the parent alone leads
     * {@link AddressSpace#attach}, to nothing {@link AddressSpace#detach}.
     *
     * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
     */
    void attach(DeviceId device, int pasid);

    List<Attachment> attachments();

    /** Makes units forget what the owner has changed; carried out in order, up to the first that is bad, when this returns. */
    UserEntries.Outcome invalidate(UserEntries entries);

    /** Ends it; {@link Refusal.Rule#BUSY} while devices use it. */
    void destroy();
}
