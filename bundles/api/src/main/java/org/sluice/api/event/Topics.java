// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.event;

import java.util.List;

/** What happens: names as the OSGi event service has them. */
public final class Topics {
    public static final String MACHINE_OPENED = "org/sluice/machine/OPENED";
    public static final String MACHINE_CLOSED = "org/sluice/machine/CLOSED";
    /** Something else serves a unit, or nothing does. */
    public static final String UNIT_CHANGED = "org/sluice/unit/CHANGED";
    /** A swap has ended, well or not. */
    public static final String SWAP_ENDED = "org/sluice/swap/ENDED";
    public static final String SPACE_CREATED = "org/sluice/space/CREATED";
    public static final String SPACE_DESTROYED = "org/sluice/space/DESTROYED";
    public static final String DEVICE_ATTACHED = "org/sluice/device/ATTACHED";
    public static final String DEVICE_DETACHED = "org/sluice/device/DETACHED";
    /** A change of a space was refused; several at once are one event. */
    public static final String REFUSED = "org/sluice/space/REFUSED";
    /** A unit recorded a fault; several at once are one event. */
    public static final String FAULT = "org/sluice/fault/RECORDED";
    public static final String PLUCKED = "org/sluice/page/PLUCKED";
    public static final String RETURNED = "org/sluice/page/RETURNED";

    public static final List<String> ALL = List.of(MACHINE_OPENED, MACHINE_CLOSED, UNIT_CHANGED, SWAP_ENDED, SPACE_CREATED, SPACE_DESTROYED,
            DEVICE_ATTACHED, DEVICE_DETACHED, REFUSED, FAULT, PLUCKED, RETURNED);

    private Topics() {
    }
}
