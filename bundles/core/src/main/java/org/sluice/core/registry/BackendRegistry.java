// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.LayoutService;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;

/**
 * The installed backends. They come and go while the platform runs; who keeps anything of a backend listens here and drops it
 * before {@link #unbind} returns, so that a removed bundle leaves nothing behind.
 */
@Component(service = {BackendRegistry.class, BackendService.class, LayoutService.class})
public final class BackendRegistry implements BackendService, LayoutService {
    private final List<Backend> backends = new CopyOnWriteArrayList<>();
    private final List<Consumer<Backend>> onBind = new CopyOnWriteArrayList<>();
    private final List<Consumer<Backend>> onUnbind = new CopyOnWriteArrayList<>();

    @Activate
    public BackendRegistry() {
        // Nothing to set up: the component exists for its references.
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(Backend backend) {
        backends.add(backend);
        onBind.forEach(listener -> listener.accept(backend));
    }

    public void unbind(Backend backend) {
        backends.remove(backend);
        onUnbind.forEach(listener -> listener.accept(backend));
    }

    /** Calls {@code listener} with each backend that leaves, until {@link #removeUnbindListener}. */
    public void addUnbindListener(Consumer<Backend> listener) {
        onUnbind.add(listener);
    }

    public void removeUnbindListener(Consumer<Backend> listener) {
        onUnbind.remove(listener);
    }

    /** Calls {@code listener}, which must be quick, with each backend that comes, until {@link #removeBindListener}. */
    public void addBindListener(Consumer<Backend> listener) {
        onBind.add(listener);
    }

    public void removeBindListener(Consumer<Backend> listener) {
        onBind.remove(listener);
    }

    /**
     * The backend of that name.
     *
     * @param name {@code vtd}, or {@code vtd@1.2.0} for one of several versions; without a version the highest
     * @throws IommuException {@code NO_BACKEND} if there is none
     */
    public Backend byName(String name) {
        int at = name.indexOf('@');
        String plain = at < 0 ? name : name.substring(0, at);
        return backends.stream().filter(b -> b.info().name().equals(plain) && (at < 0 || b.info().version().equals(name.substring(at + 1))))
                .max(Comparator.comparing(b -> b.info().version())).orElseThrow(() -> new IommuException(IommuException.Reason.NO_BACKEND,
                        "there is no backend '" + name + "'; installed are " + list().stream().map(BackendInfo::name).distinct()
                                .collect(Collectors.joining(", "))));
    }

    /** The backend that reads that unit; of several the one whose version is highest. */
    public Optional<Backend> backendOf(UnitDescription unit) {
        return backends.stream().filter(b -> b.supports(unit)).max(Comparator.comparing(b -> b.info().version()));
    }

    /** The backend that may serve a unit that nobody serves; of several the one whose version is highest. */
    public Optional<Backend> welcomeAt(UnitSlot slot) {
        return backends.stream().filter(slot::welcomes).max(Comparator.comparing(b -> b.info().version()));
    }

    @Override
    public List<BackendInfo> list() {
        return backends.stream().map(Backend::info).sorted(Comparator.comparing(BackendInfo::name)).toList();
    }

    @Override
    public List<StructureLayout> structures() {
        return backends.stream().flatMap(b -> b.layouts().stream())
                .sorted(Comparator.comparing(StructureLayout::backend).thenComparing(StructureLayout::name)).toList();
    }

    @Override
    public List<TableFormat> formats() {
        return backends.stream().flatMap(b -> b.formats().stream())
                .sorted(Comparator.comparing(TableFormat::backend).thenComparing(TableFormat::name)).toList();
    }
}
