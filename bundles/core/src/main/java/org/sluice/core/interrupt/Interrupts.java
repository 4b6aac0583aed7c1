// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

import org.sluice.api.InterruptMessage;
import org.sluice.api.space.InterruptService.Forgery;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.UnitModel.InterruptSink;

/**
 * The processors' side of a machine's interrupts: which vector belongs to whom. Delivery takes no lock and allocates nothing; vectors are
 * given and taken under the machine's lock.
 *
 * <p>Messages that reach processors as x86 has them name a vector and a destination; an ITS tells events apart by the device that wrote
 * them (specifications: Intel SDM volume 3, section 11.11; GICv3, section 5.1).
 */
public final class Interrupts {
    private static final int VECTORS = 256;
    private static final int DESTINATIONS = 256;
    /** Below are exceptions and what systems keep for themselves. */
    private static final int FIRST_VECTOR = 0x30;
    private static final int LAST_VECTOR = 0xef;
    private static final int DESTINATION_SHIFT = 12;
    private static final int REQUESTERS = 1 << 16;
    private static final String ITS = "gicv3-its";
    private static final Logger LOG = System.getLogger(Interrupts.class.getName());

    /** Interrupts that one device's data has raised. */
    private static final class Forged {
        private final LongAdder count = new LongAdder();
        private volatile long address;
        private volatile int data;
    }

    private final String machine;
    private final List<InterruptController> controllers = new ArrayList<>();
    private final AtomicReferenceArray<Vector> byNumber = new AtomicReferenceArray<>(VECTORS * DESTINATIONS);
    private final AtomicReferenceArray<Vector[]> byRequester = new AtomicReferenceArray<>(REQUESTERS);
    private final Map<DeviceId, Forged> forged = new ConcurrentHashMap<>();

    Interrupts(OpenMachine machine) {
        this.machine = machine.name();
        for (InterruptController controller : machine.description().interruptControllers()) {
            if (controller.doorbell() != null) {
                controllers.add(controller);
            }
        }
    }

    /** The controller whose doorbell devices write to, or null if the machine has none. */
    InterruptController controller() {
        return controllers.isEmpty() ? null : controllers.get(0);
    }

    /** Whether the controller tells devices apart, so that one cannot raise another's interrupts. */
    static boolean isolates(InterruptController controller) {
        return controller.type().equals(ITS);
    }

    /** The first vectors that nobody has, spread over no more destinations than needed; null if there are not so many. */
    int[] freeNumbers(int count) {
        int[] found = new int[count];
        int next = 0;
        for (int destination = 0; destination < DESTINATIONS && next < count; destination++) {
            for (int vector = FIRST_VECTOR; vector <= LAST_VECTOR && next < count; vector++) {
                if (byNumber.get(destination * VECTORS + vector) == null) {
                    found[next++] = destination * VECTORS + vector;
                }
            }
        }
        return next == count ? found : null;
    }

    static int vectorOf(int number) {
        return number % VECTORS;
    }

    static int destinationOf(int number) {
        return number / VECTORS;
    }

    void add(Vector[] vectors) {
        for (Vector vector : vectors) {
            byNumber.set(vector.destination * VECTORS + vector.number, vector);
        }
        byRequester.set(vectors[0].requester & REQUESTERS - 1, vectors);
    }

    void remove(Vector[] vectors) {
        byRequester.set(vectors[0].requester & REQUESTERS - 1, null);
        for (Vector vector : vectors) {
            byNumber.set(vector.destination * VECTORS + vector.number, null);
        }
    }

    /** What a vector of a device is programmed with, or null if it has none of that index. */
    public InterruptMessage message(int requester, int index) {
        Vector[] vectors = byRequester.get(requester & REQUESTERS - 1);
        return vectors != null && index >= 0 && index < vectors.length ? vectors[index].message() : null;
    }

    /** A message as x86 processors see it: destination in bits 19:12 of the address, vector in bits 7:0 of the data. */
    static InterruptMessage plainMessage(AddressRange window, int vector, int destination) {
        return new InterruptMessage(window.start() | (long) destination << DESTINATION_SHIFT, vector);
    }

    /** What a device writes to raise a vector by way of a controller, whose doorbell it sees {@code shift} bytes further up. */
    static InterruptMessage message(InterruptController controller, long shift, Vector vector) {
        if (isolates(controller)) {
            return new InterruptMessage(controller.doorbell().start() + shift, vector.index);
        }
        InterruptMessage plain = plainMessage(controller.doorbell(), vector.number, vector.destination);
        return new InterruptMessage(plain.address() + shift, plain.data());
    }

    /** The controller whose doorbell lies in a window that is not translated, or null. */
    InterruptController controllerIn(AddressRange window) {
        return controllers.stream().filter(c -> window.contains(c.doorbell())).findFirst().orElse(null);
    }

    /** Where the interrupts of a unit go: to the processors, or to whoever knows what its interruption stands for. */
    InterruptSink sink(LiveUnit unit) {
        InterruptDriver driver = unit.driver().interrupts().orElse(null);
        InterruptDriver.PendingSink pending = (device, index) -> {
            Vector[] vectors = byRequester.get(device.requesterId() & REQUESTERS - 1);
            deliver(vectors != null && index < vectors.length ? vectors[index] : null);
        };
        return (address, data) -> {
            if (driver == null || !driver.dispatch(pending)) {
                arrive(address, data);
            }
        };
    }

    /** A message has left the unit for the processors. */
    public void arrive(long address, int data) {
        int destination = (int) (address >>> DESTINATION_SHIFT) & DESTINATIONS - 1;
        deliver(byNumber.get(destination * VECTORS + (data & VECTORS - 1)));
    }

    /** Whether a physical address belongs to a doorbell. */
    public boolean isDoorbell(long address) {
        return controllerAt(address) != null;
    }

    /** By index: an iterator for each write of a device would be garbage. */
    private InterruptController controllerAt(long address) {
        for (int i = 0; i < controllers.size(); i++) {
            if (controllers.get(i).doorbell().contains(address)) {
                return controllers.get(i);
            }
        }
        return null;
    }

    /** A device has written to a doorbell ({@link #isDoorbell}); whether that raised an interrupt. */
    public boolean ring(int requester, long address, int data) {
        if (!controllerAt(address).type().equals(ITS)) {
            arrive(address, data);
            return true;
        }
        Vector[] vectors = byRequester.get(requester & REQUESTERS - 1);
        boolean known = vectors != null && data >= 0 && data < vectors.length;
        deliver(known ? vectors[data] : null);
        return known;
    }

    /** Data of a device looked like a message and was taken for one (MSI-02). Each device's first one leaves a line in the log. */
    public void forged(DeviceId device, long address, int data) {
        Forged known = forged.get(device);
        if (known == null) {
            known = forged.computeIfAbsent(device, d -> new Forged());
            LOG.log(Level.WARNING, "interrupt forged by DMA: machine {0}, {1} wrote {2} to {3}", machine, device,
                    Hex.of(Integer.toUnsignedLong(data)), Hex.of(address));
        }
        known.address = address;
        known.data = data;
        known.count.increment();
    }

    /** What devices have forged, by device. */
    List<Forgery> forgeries() {
        List<Forgery> all = new ArrayList<>();
        forged.forEach((device, f) -> all.add(new Forgery(device, f.count.sum(), f.address, f.data)));
        all.sort(Comparator.comparing(Forgery::device));
        return all;
    }

    /** @param vector null for an interrupt that nobody waits for: it is lost, as on a processor that has no handler for it */
    private static void deliver(Vector vector) {
        if (vector != null) {
            vector.deliver();
        }
    }
}
