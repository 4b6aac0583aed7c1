// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Devices that cannot be told apart: all of them use the same table, by PASID. */
final class DeviceGroup {
    final Set<DeviceObject> members = new LinkedHashSet<>();
    final Map<Integer, Attachment> attachments = new TreeMap<>();

    /** A table and who uses it. */
    static final class Attachment {
        final Set<DeviceObject> devices = new LinkedHashSet<>();
        Hwpt hwpt;

        Attachment(Hwpt hwpt) {
            this.hwpt = hwpt;
        }
    }
}
