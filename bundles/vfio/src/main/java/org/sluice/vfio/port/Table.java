// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import org.osgi.annotation.versioning.ConsumerType;

/** What a device can be attached to. */
@ConsumerType
public interface Table {
    /** Ends it; nothing is attached to it. */
    void release();
}
