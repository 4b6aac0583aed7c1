// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;

/** What commands do reaches handlers of the OSGi event service of the product. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class EventsIT extends ProductTest {
    private final List<Event> events = new CopyOnWriteArrayList<>();

    private String topics() {
        return String.join(" ", events.stream().map(e -> e.getTopic().substring("org/sluice/".length())).toList());
    }

    @Test
    public void commandsAreToldByTheEventService() throws Exception {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(EventConstants.EVENT_TOPIC, new String[] {"org/sluice/*"});
        ServiceRegistration<EventHandler> handler = context.registerService(EventHandler.class, events::add, properties);
        try {
            run("iommu:machine-open synthetic:vtd --name told");
            run("iommu:space-create told s --volatile");
            run("iommu:device-attach told 00:03.0 s");
            run("iommu:unit-swap told 0 amdvi");
            run("iommu:machine-close told");
            await(this::topics, all -> all.contains("machine/CLOSED"));
            String all = topics();
            for (String topic : List.of("machine/OPENED", "space/CREATED", "device/ATTACHED", "unit/CHANGED", "swap/ENDED")) {
                assertTrue(topic + " is not in " + all, all.contains(topic));
            }
            events.forEach(event -> assertEquals("told", event.getProperty("machine")));
        } finally {
            handler.unregister();
        }
    }
}
