// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.MachineSource;

/**
 * Makes machines up: {@code synthetic:BACKEND} has 256 MiB of RAM, a NIC-like device at 0000:00:03.0 and a DMA engine at
 * 0000:00:04.0, both under one unit as that backend powers it on: no tables, nothing enabled. Each opening makes a new machine.
 * Thread-safe.
 */
@Component
public final class SyntheticSource implements MachineSource {
    private static final String SCHEME = "synthetic:";
    /** Where no machine here has memory or registers, and every unit can address it. */
    /** Memory for tables begins at the first multiple of this behind RAM. */
    private static final long TABLES_STEP = 0x10_0000_0000L;

    private final List<Backend> backends = new CopyOnWriteArrayList<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(Backend backend) {
        backends.add(backend);
    }

    public void unbind(Backend backend) {
        backends.remove(backend);
    }

    @Override
    public String description() {
        return "synthetic: " + SCHEME + "BACKEND, a made-up machine with RAM, a NIC-like device and a DMA engine "
                + "(synthetic:vtd,ram=4G,tables=2G for other sizes)";
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith(SCHEME);
    }

    /** @throws IommuException {@code NOT_FOUND} for a backend whose units cannot be made up */
    @Override
    public OpenedMachine open(String origin, Progress progress) {
        Order order = Order.parse(origin.substring(SCHEME.length()));
        Backend backend = backends.stream().filter(b -> b.info().name().equals(order.backend())).findFirst().orElse(null);
        String type = backend == null || backend.info().unitTypes().isEmpty() ? "" : backend.info().unitTypes().get(0);
        Shape shape = Shape.around(type);
        AddressRange ram = shape.ram(order.ramBytes());
        PowerOn unit = backend == null ? null : backend.powerOn(shape.bare(ram)).orElse(null);
        if (unit == null) {
            throw new IommuException(Reason.NOT_FOUND, "there is no synthetic machine for '" + order.backend().replaceAll("\\p{Cntrl}", " ")
                    + "'; write " + SCHEME + "BACKEND with one of " + possible(shape, ram));
        }
        AddressRange tables = AddressRange.ofSize(ram.last() + TABLES_STEP & -TABLES_STEP, order.tableBytes());
        return new SyntheticMachine(shape.behind(unit.unit(), order.backend(), ram), LazyMemory.of(List.of(ram, tables)),
                new RegisterImage(unit.unit().name(), unit.registers()), tables);
    }

    private String possible(Shape shape, AddressRange ram) {
        return backends.stream().filter(b -> b.powerOn(shape.bare(ram)).isPresent()).map(b -> b.info().name()).sorted()
                .collect(Collectors.joining(", "));
    }
}
