// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.sluice.core.interrupt.Vector.Programming;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.Space;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
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
        this.doorbells = new Doorbells(machine.description(), delivery);
        spaces.onMove(this::moved);
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
        int requester = machine.requesterId(device);
        for (int i = 0; i < count; i++) {
            vectors[i] = new Vector(device, requester, i, Interrupts.vectorOf(numbers[i]), Interrupts.destinationOf(numbers[i]), listener);
        }
        Programming[] programmings;
        try {
            programmings = program(device, vectors, unit, allowUnisolated || spaces.unisolated().contains(device));
            unit.model().setInterruptSink(delivery.sink(unit));
        } catch (RuntimeException | Error e) {
            throw spaces.thrown(slot, unit, e);
        }
        apply(vectors, programmings);
        delivery.add(vectors);
        devices.put(device, vectors);
        unisolated.put(device, allowUnisolated);
        List<InterruptMessage> messages = new ArrayList<>();
        for (Vector vector : vectors) {
            messages.add(vector.message());
        }
        return messages;
    }

    private static void apply(Vector[] vectors, Programming[] programmings) {
        for (int i = 0; i < vectors.length; i++) {
            vectors[i].program(programmings[i]);
        }
    }

    /** Makes the messages under {@code unit}; nothing of it is left after an exception. */
    private Programming[] program(DeviceId device, Vector[] vectors, LiveUnit unit, boolean allowUnisolated) {
        try {
            MessageRouting routing = unit.capabilities().messages();
            InterruptDriver driver = unit.driver().interrupts().orElse(null);
            Doorbells.Mapping mapping = driver == null && routing.route() == MessageRouting.Route.TRANSLATED
                    ? doorbells.take(spaceOf(device), unit, device) : null;
            Programming[] made = new Programming[vectors.length];
            for (int i = 0; i < vectors.length; i++) {
                made[i] = driver != null ? new Programming(driver.enable(device, i, vectors[i].number, vectors[i].destination),
                        "remapped by " + unit.context().unit().name(), "")
                        : mapping != null ? mapping.programming(vectors[i]) : inWindow(vectors[i], routing.window(), unit.context().unit().name());
            }
            if (!allowUnisolated && !isIsolated(unit)) {
                throw new RefusedException(notIsolated(device, unit));
            }
            return made;
        } catch (RuntimeException | Error e) {
            try {
                undo(device, vectors.length, unit);
            } catch (RuntimeException | Error again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /**
     * A device has changed its space: where messages are translated its doorbell goes with it, to another address as the case may be. A
     * space that has no room for it has the device all the same; its messages fault then, and the vectors say why.
     */
    private void moved(DeviceId device) {
        Vector[] vectors = devices.get(device);
        UnitSlot slot = vectors == null ? null : machine.slotOf(device).orElse(null);
        LiveUnit unit = slot == null ? null : slot.live();
        if (unit == null) {
            return;
        }
        try {
            follow(device, vectors, unit);
        } catch (RuntimeException | Error e) {
            // The device has its new space; what broke on the way serves nobody.
            spaces.fail(slot, unit, e);
        }
    }

    private void follow(DeviceId device, Vector[] vectors, LiveUnit unit) {
        if (unit.driver().interrupts().isPresent() || unit.capabilities().messages().route() != MessageRouting.Route.TRANSLATED) {
            return;
        }
        Space space = spaces.of(device, TranslationRequest.NO_PASID);
        try {
            Doorbells.Mapping mapping = space == null ? null : doorbells.take(space, unit, device);
            for (Vector vector : vectors) {
                vector.program(mapping != null ? mapping.programming(vector)
                        : new Programming(vector.message(), device + " uses no address space: its messages fault", ""));
            }
        } catch (RefusedException e) {
            for (Vector vector : vectors) {
                vector.program(new Programming(vector.message(), e.getMessage() + ": messages fault", ""));
            }
        }
        doorbells.giveOthers(device, unit, space);
        for (Vector vector : vectors) {
            vector.reprogram();
        }
    }

    /** The window is not translated: what lies in it is a controller of the machine, or processors as x86 has them. */
    private Programming inWindow(Vector vector, AddressRange window, String unit) {
        InterruptController controller = delivery.controllerIn(window);
        InterruptMessage message = controller != null ? Interrupts.message(controller, 0, vector)
                : Interrupts.plainMessage(window, vector.number, vector.destination);
        boolean isolated = controller != null && Interrupts.isolates(controller);
        return new Programming(message, "window of " + unit + (controller == null ? "" : " to " + controller.type()) + ", not remapped",
                isolated ? "" : "every vector of every processor");
    }

    /** Devices behind a slot whose vectors need isolation that {@code next} does not offer. */
    public List<Refusal> against(UnitSlot slot, LiveUnit next) {
        List<Refusal> found = new ArrayList<>();
        if (next.driver().interrupts().isEmpty() && !isIsolated(next)) {
            unisolated.forEach((device, allowed) -> {
                if (!allowed && !spaces.unisolated().contains(device) && machine.slotOf(device).orElse(null) == slot) {
                    found.add(notIsolated(device, next));
                }
            });
        }
        return found;
    }

    private static Refusal notIsolated(DeviceId device, LiveUnit unit) {
        return Refusal.of(Rule.ISOLATION, null, unit.title() + " does not isolate messages: " + device + " could raise interrupts of others",
                "allow it with interrupt-allow", "use a backend that remaps interrupts");
    }

    private boolean isIsolated(LiveUnit unit) {
        MessageRouting now = unit.driver().capabilities().messages();
        InterruptController controller = delivery.controller();
        boolean reaches = now.route() == MessageRouting.Route.TRANSLATED || controller != null && now.window().contains(controller.doorbell());
        return now.isolated() || controller != null && reaches && Interrupts.isolates(controller);
    }

    private void undo(DeviceId device, int count, LiveUnit unit) {
        unit.driver().interrupts().ifPresent(driver -> {
            for (int i = 0; i < count; i++) {
                driver.disable(device, i);
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
        UnitSlot slot = machine.slotOf(device).orElse(null);
        LiveUnit unit = slot == null ? null : slot.live();
        if (unit != null) {
            try {
                undo(device, vectors.length, unit);
            } catch (RuntimeException | Error e) {
                // The device is deaf now either way, and so is everybody behind a unit that broke.
                spaces.fail(slot, unit, e);
            }
        }
    }

    /**
     * Makes the messages of all devices behind a slot under the unit that will serve it; those of the unit that serves stay as they are.
     * What is left of it after an exception goes with {@link #retire}.
     */
    public Prepared prepare(UnitSlot slot, LiveUnit next) {
        Map<Vector[], Programming[]> made = new LinkedHashMap<>();
        devices.forEach((device, vectors) -> {
            if (machine.slotOf(device).orElse(null) == slot) {
                made.put(vectors, program(device, vectors, next, unisolated.get(device) || spaces.unisolated().contains(device)));
            }
        });
        next.model().setInterruptSink(delivery.sink(next));
        return new Prepared(made);
    }

    /** Messages that are ready. */
    public static final class Prepared {
        private final Map<Vector[], Programming[]> made;

        Prepared(Map<Vector[], Programming[]> made) {
            this.made = made;
        }

        /** Programs the devices; the gate is closed. */
        public void commit() {
            made.forEach(MachineInterrupts::apply);
            made.keySet().forEach(vectors -> {
                for (Vector vector : vectors) {
                    vector.reprogram();
                }
            });
        }
    }

    /** Takes the doorbells away that were mapped for a unit that serves nobody. */
    public void retire(LiveUnit gone) {
        doorbells.giveAll(gone);
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

    private static RefusedException refused(Rule rule, String text) {
        return new RefusedException(Refusal.of(rule, null, text));
    }
}
