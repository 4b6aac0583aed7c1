// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.Defect;

/** Takes the findings of {@link Inspector#verify}. */
@ConsumerType
public interface DefectSink {
    void defect(Defect defect);

    /** A structure that the image does not hold. */
    void unknown(long address);

    /** So many entries more were looked at. */
    void looked(long entries);
}
