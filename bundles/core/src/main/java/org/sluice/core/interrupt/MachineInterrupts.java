// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.InterruptMessage;
import org.sluice.api.MessageRouting;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.InterruptService.Route;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.Space;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.spi.InterruptDriver;

/**
 * Vectors of one machine's devices. Setting them up has one shape for every unit: numbers at the processors, then a message by way of
 * the unit's own tables, its window, or a mapped doorbell, as its {@link MessageRouting} says (RIV-03, RIV-05). The machine's lock is held.
 */
public final class MachineInterrupts {
    private static final int MOST = 2048;

    private final MachineSpaces spaces;
    private final OpenMachine machine;
    private final Interrupts delivery;
    private final Doorbells doorbells;
    private final Map<DeviceId, Vector[]> devices = new TreeMap<>();
    private final Map<DeviceId, Boolean> unisolated = new TreeMap<>();

    MachineInterrupts(MachineSpaces spaces) {
        this.spaces = spaces;
        this.machine = spaces.machine();
        this.delivery = new Interrupts(machine);
        this.doorbells = new Doorbells(delivery);
    }

    Interrupts delivery() {
        return delivery;
    }

    List<InterruptMessage> enable(DeviceId device, int count, boolean allowUnisolated, Listener listener) {
        UnitSlot slot = machine.slotOf(device).orElseThrow(() -> refused(Rule.BACKEND, "no IOMMU serves " + device
                + ": its messages go nowhere that is known"));
        LiveUnit unit = slot.demand();
        if (unit == null) {
            throw refused(Rule.BACKEND, "unit " + slot.name() + " has no backend: " + device + " cannot raise interrupts");
        }
        if (count < 1 || count > MOST) {
            throw refused(Rule.LIMIT, "a device has 1 to " + MOST + " vectors, not " + count);
        }
        Vector[] before = devices.get(device);
        if (before != null) {
            disable(device);
        }
        int[] numbers = delivery.freeNumbers(count);
        if (numbers == null) {
            throw refused(Rule.LIMIT, "the machine's processors have no " + count + " vectors left");
        }
        Vector[] vectors = new Vector[count];
        int requester = requesterId(device);
        for (int i = 0; i < count; i++) {
            vectors[i] = new Vector(device, requester, i, Interrupts.vectorOf(numbers[i]), Interrupts.destinationOf(numbers[i]), listener);
        }
        program(device, vectors, unit, allowUnisolated);
        unit.model().setInterruptSink(delivery.sink(unit));
        delivery.add(vectors);
        devices.put(device, vectors);
        unisolated.put(device, allowUnisolated);
        List<InterruptMessage> messages = new ArrayList<>();
        for (Vector vector : vectors) {
            messages.add(vector.message());
        }
        return messages;
    }

    /** Makes the messages under {@code unit}; nothing of it is left after an exception. */
    private void program(DeviceId device, Vector[] vectors, LiveUnit unit, boolean allowUnisolated) {
        MessageRouting routing = unit.capabilities().messages();
        InterruptDriver driver = unit.driver().interrupts().orElse(null);
        if (driver != null) {
            programTables(device, vectors, unit, driver);
        } else if (routing.route() == MessageRouting.Route.TRANSLATED) {
            Space space = spaceOf(device);
            Doorbells.Mapping mapping = doorbells.take(space, unit, device);
            for (Vector vector : vectors) {
                vector.program(mapping.message(vector), mapping.path(), mapping.grants());
            }
        } else {
            programWindow(vectors, routing.window(), unit.context().unit().name());
        }
        if (!allowUnisolated && !isIsolated(unit)) {
            undo(device, vectors, unit);
            throw new RefusedException(notIsolated(device, unit));
        }
    }

    /** The window is not translated: what lies in it is a controller of the machine, or processors as x86 has them. */
    private void programWindow(Vector[] vectors, AddressRange window, String unit) {
        InterruptController controller = delivery.controllerIn(window);
        for (Vector vector : vectors) {
            InterruptMessage message = controller != null ? Interrupts.message(controller, 0, vector)
                    : Interrupts.plainMessage(window, vector.number, vector.destination);
            boolean isolated = controller != null && Interrupts.isolates(controller);
            vector.program(message, "window of " + unit + (controller == null ? "" : " to " + controller.type()) + ", not remapped",
                    isolated ? "" : "every vector of every processor");
        }
    }

    private static void programTables(DeviceId device, Vector[] vectors, LiveUnit unit, InterruptDriver driver) {
        int done = 0;
        try {
            for (Vector vector : vectors) {
                vector.program(driver.enable(device, vector.index, vector.number, vector.destination),
                        "remapped by " + unit.context().unit().name(), "");
                done++;
            }
        } catch (RuntimeException e) {
            for (int i = 0; i < done; i++) {
                driver.disable(device, i);
            }
            throw e;
        }
    }

    /** Devices behind a slot whose vectors need isolation that {@code next} does not offer. */
    public List<Refusal> against(UnitSlot slot, LiveUnit next) {
        List<Refusal> found = new ArrayList<>();
        if (next.driver().interrupts().isEmpty() && !isIsolated(next)) {
            unisolated.forEach((device, allowed) -> {
                if (!allowed && machine.slotOf(device).orElse(null) == slot) {
                    found.add(notIsolated(device, next));
                }
            });
        }
        return found;
    }

    private static Refusal notIsolated(DeviceId device, LiveUnit unit) {
        return Refusal.of(Rule.ISOLATION, null, "unit " + unit.context().unit().name() + " (" + unit.backendName()
                + ") does not isolate messages: " + device + " could raise interrupts of others",
                "allow unsafe interrupts", "use a backend that remaps interrupts");
    }

    private boolean isIsolated(LiveUnit unit) {
        MessageRouting now = unit.driver().capabilities().messages();
        InterruptController controller = delivery.controller();
        boolean reaches = now.route() == MessageRouting.Route.TRANSLATED || controller != null && now.window().contains(controller.doorbell());
        return now.isolated() || controller != null && reaches && Interrupts.isolates(controller);
    }

    private void undo(DeviceId device, Vector[] vectors, LiveUnit unit) {
        unit.driver().interrupts().ifPresent(driver -> {
            for (Vector vector : vectors) {
                driver.disable(device, vector.index);
            }
        });
        doorbells.give(device, unit);
    }

    void disable(DeviceId device) {
        Vector[] vectors = devices.remove(device);
        if (vectors == null) {
            return;
        }
        unisolated.remove(device);
        delivery.remove(vectors);
        LiveUnit unit = machine.slotOf(device).map(UnitSlot::live).orElse(null);
        if (unit != null) {
            undo(device, vectors, unit);
        }
    }

    /**
     * Makes the messages of all devices behind a slot under the unit that will serve it; the old unit's stay good until then.
     *
     * @throws RuntimeException nothing has changed
     */
    public void prepare(UnitSlot slot, LiveUnit next) {
        List<DeviceId> done = new ArrayList<>();
        try {
            for (Map.Entry<DeviceId, Vector[]> entry : devices.entrySet()) {
                if (machine.slotOf(entry.getKey()).orElse(null) == slot) {
                    Vector[] vectors = entry.getValue();
                    done.add(entry.getKey());
                    program(entry.getKey(), vectors, next, unisolated.get(entry.getKey()));
                }
            }
            next.model().setInterruptSink(delivery.sink(next));
        } catch (RuntimeException e) {
            done.forEach(device -> undo(device, devices.get(device), next));
            LiveUnit old = slot.live();
            done.forEach(device -> program(device, devices.get(device), old, true));
            throw e;
        }
    }

    /** Tells devices their new messages; the gate is closed. */
    public void commit(UnitSlot slot) {
        devices.forEach((device, vectors) -> {
            if (machine.slotOf(device).orElse(null) == slot) {
                for (Vector vector : vectors) {
                    vector.reprogram();
                }
            }
        });
    }

    /** Gives back what the unit that served before had. */
    public void retire(LiveUnit old) {
        devices.keySet().forEach(device -> doorbells.give(device, old));
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        devices.values().forEach(vectors -> {
            for (Vector vector : vectors) {
                routes.add(vector.route());
            }
        });
        return routes;
    }

    private Space spaceOf(DeviceId device) {
        Space space = spaces.of(device, TranslationRequest.NO_PASID);
        if (space == null) {
            throw new RefusedException(Refusal.of(Rule.NOT_FOUND, null, device + " uses no address space, and its unit translates messages",
                    "attach it to one first"));
        }
        return space;
    }

    private int requesterId(DeviceId device) {
        return machine.description().device(device).map(DeviceDescription::requesterId).filter(id -> id >= 0).map(Long::intValue)
                .orElseGet(device::requesterId);
    }

    private static RefusedException refused(Rule rule, String text) {
        return new RefusedException(Refusal.of(rule, null, text));
    }
}
