// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;

/** Takes mappings one by one, as primitives, because there may be millions. */
@ConsumerType
public interface MappingSink {
    /**
     * One leaf.
     *
     * @param last last IOVA, inclusive
     * @param output output address of {@code iova}
     * @param permissions bits of {@link org.sluice.api.Permissions}
     * @param memoryType vendor's name, or empty; a constant
     * @return whether to go on
     */
    boolean mapping(long iova, long last, long output, int permissions, String memoryType);

    /** A table that the image does not hold: what lies from {@code iova} to {@code last} is unknown; returns whether to go on. */
    boolean unknown(long iova, long last, long tableAddress);
}
