// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import java.util.concurrent.atomic.LongAdder;

/** What a device has done. Thread-safe. */
final class Counters {
    final LongAdder operations = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder wrong = new LongAdder();
    final LongAdder blocked = new LongAdder();
    final LongAdder faults = new LongAdder();
    final LongAdder interrupts = new LongAdder();
}
