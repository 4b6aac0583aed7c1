// SPDX-License-Identifier: Apache-2.0
package org.sluice.events;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.EventAdmin;
import org.sluice.api.event.Event;
import org.sluice.api.event.EventSink;

/** Posts each event under its topic with its properties; handlers run on threads of the event service. */
@Component
public final class EventAdminSink implements EventSink {
    private final EventAdmin admin;

    @Activate
    public EventAdminSink(@Reference EventAdmin admin) {
        this.admin = admin;
    }

    @Override
    public void event(Event event) {
        admin.postEvent(new org.osgi.service.event.Event(event.topic(), event.properties()));
    }
}
