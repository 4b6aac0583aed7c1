// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import java.util.List;

/** What monitoring reads. Each attribute is true at the time it is read. */
public interface CountersMXBean {
    /** Address spaces of all open machines. */
    List<SpaceCounters> getSpaces();

    /** Units of all open machines. */
    List<UnitCounters> getUnits();

    /** Devices with vectors, or that forged interrupts. */
    List<InterruptCounters> getInterrupts();
}
