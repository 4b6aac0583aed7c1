// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.event;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.event.Event;
import org.sluice.api.event.EventSink;
import org.sluice.api.event.Topics;
import org.sluice.core.registry.ForeignCode;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.Notices;
import org.sluice.core.registry.OpenMachine;

/**
 * Takes what machines say into a bounded list and tells it to sinks on a thread of its own. What may come in storms is one event for each unit or space
 * and each turn of the thread; what finds the list full is counted. Machines that were opened for one command only say nothing.
 */
@Component(immediate = true, service = {})
public final class Events implements MachineRegistry.Watcher, Notices.Listener {
    /** Events that wait for their sinks. */
    static final int MOST = 1000;
    /** Between two turns: storms are told so often. */
    private static final long INTERVAL_NANOS = 50_000_000;
    private static final long JOIN_MILLIS = 10_000;

    private final MachineRegistry machines;
    private final List<EventSink> sinks = new CopyOnWriteArrayList<>();
    private final Thread teller = new Thread(this::run, "sluice-events");
    /** Guarded by this, as all below. Keys of events that are told by themselves are numbers. */
    private Map<Object, Pending> waiting = new LinkedHashMap<>();
    private long number;
    private long lost;
    private boolean stopped;

    /** What is to be told, and how often it happened. */
    private static final class Pending {
        private final String topic;
        private Map<String, Object> properties;
        private long count;

        Pending(String topic) {
            this.topic = topic;
        }
    }

    @Activate
    public Events(@Reference MachineRegistry machines) {
        this.machines = machines;
        machines.addWatcher(this);
        machines.named().forEach(machine -> machine.notices().listen(this));
        teller.setDaemon(true);
        teller.start();
    }

    /** Tells what has happened until now, and nothing afterwards. */
    @Deactivate
    public void stop() {
        machines.removeWatcher(this);
        machines.named().forEach(machine -> machine.notices().listen(null));
        synchronized (this) {
            stopped = true;
            notifyAll();
        }
        try {
            teller.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(EventSink sink) {
        sinks.add(sink);
    }

    public void unbind(EventSink sink) {
        sinks.remove(sink);
    }

    @Override
    public void opened(OpenMachine machine) {
        machine.notices().listen(this);
    }

    @Override
    public void ready(OpenMachine machine) {
        machine.notices().tell(Topics.MACHINE_OPENED, "origin", machine.origin(), "units", machine.slots().size());
    }

    @Override
    public void closes(OpenMachine machine) {
        machine.notices().tell(Topics.MACHINE_CLOSED, "origin", machine.origin());
    }

    @Override
    public void sourceCame() {
        // No machine has changed.
    }

    @Override
    public synchronized void happened(String topic, String key, Map<String, Object> properties) {
        if (stopped || sinks.isEmpty()) {
            return;
        }
        Object slot = key == null ? (Object) number++ : topic + ' ' + key;
        Pending pending = waiting.get(slot);
        if (pending == null && waiting.size() >= MOST) {
            lost++;
            return;
        }
        if (pending == null) {
            pending = new Pending(topic);
            waiting.put(slot, pending);
            notifyAll();
        }
        properties.put("timestamp", System.currentTimeMillis());
        pending.properties = properties;
        pending.count += properties.get("count") instanceof Long many ? many : 1;
        if (key != null) {
            properties.put("count", pending.count);
        }
    }

    private void run() {
        for (List<Event> events = take(); events != null; events = take()) {
            for (Event event : events) {
                sinks.forEach(sink -> ForeignCode.run("an event sink that was told " + event.topic(), () -> sink.event(event)));
            }
        }
    }

    /** Everything that waits, once something does; null at the end. */
    private synchronized List<Event> take() {
        try {
            while (waiting.isEmpty() && !stopped) {
                wait();
            }
            // What comes in storms comes together so; who was first is told this much later.
            long end = System.nanoTime() + INTERVAL_NANOS;
            for (long left = INTERVAL_NANOS; left > 0 && !stopped; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            stopped = true;
        }
        if (waiting.isEmpty()) {
            return null;
        }
        List<Event> events = new ArrayList<>();
        for (Pending pending : waiting.values()) {
            Map<String, Object> properties = new HashMap<>(pending.properties);
            if (lost > 0) {
                properties.put("lost", lost);
                lost = 0;
            }
            events.add(new Event(pending.topic, properties));
        }
        waiting = new LinkedHashMap<>();
        return events;
    }
}
