// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

/**
 * How a space is used while a case runs. The selftest's fourth variant bounds temporary memory, of which the front-end needs none that grows
 * with a map; what it is for, filling a table in many small pieces, happens here because no two pages lie together.
 */
enum Variant {
    NO_DEVICE(0), ONE_DEVICE(1), TWO_DEVICES(2), ONE_DEVICE_SCATTERED(1);

    final int devices;

    Variant(int devices) {
        this.devices = devices;
    }
}
