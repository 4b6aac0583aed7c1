// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.osgi.annotation.versioning.ConsumerType;

/** Hears that addresses which an access holds are about to go. */
@ConsumerType
@FunctionalInterface
public interface AccessListener {
    /** Every pin that meets the range must be gone when this returns; called without the context's lock, so others may be asked and waited for. */
    void unmap(long iova, long length);
}
