// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

/**
 * A device asks for a page.
 *
 * @param device id of the device object
 * @param pasid or {@link org.sluice.api.TranslationRequest#NO_PASID}
 * @param group number that the device gave to requests which are answered together
 * @param permissions bits of {@link org.sluice.api.Permissions}
 * @param last whether it is the group's last
 * @param cookie what answers the group
 */
public record PageFault(int device, int pasid, int group, int permissions, long address, boolean last, int cookie) {
}
