// SPDX-License-Identifier: Apache-2.0
package org.sluice.events;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.osgi.service.event.EventAdmin;
import org.sluice.api.event.Event;
import org.sluice.api.event.Topics;

/** An event service gets what the platform tells: every topic is one that it accepts. */
public class EventAdminSinkTest {
    private static final class Recorder implements EventAdmin {
        private final List<org.osgi.service.event.Event> posted = new ArrayList<>();

        @Override
        public void postEvent(org.osgi.service.event.Event event) {
            posted.add(event);
        }

        @Override
        public void sendEvent(org.osgi.service.event.Event event) {
            throw new AssertionError("nobody waits for handlers");
        }
    }

    @Test
    public void everyTopicArrivesWithItsProperties() {
        Recorder admin = new Recorder();
        EventAdminSink sink = new EventAdminSink(admin);
        Topics.ALL.forEach(topic -> sink.event(new Event(topic, Map.of("machine", "lab", "count", 3L))));
        assertEquals(Topics.ALL, admin.posted.stream().map(org.osgi.service.event.Event::getTopic).toList());
        assertEquals("lab", admin.posted.get(0).getProperty("machine"));
        assertEquals(3L, admin.posted.get(0).getProperty("count"));
    }
}
