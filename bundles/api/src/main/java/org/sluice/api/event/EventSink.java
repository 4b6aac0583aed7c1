// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.event;

import org.osgi.annotation.versioning.ConsumerType;

/** Is told of what happened, one after the other, on a thread of the platform's. Registered as a service. */
@ConsumerType
@FunctionalInterface
public interface EventSink {
    void event(Event event);
}
