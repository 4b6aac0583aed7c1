// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;
import org.sluice.api.BackendInfo;
import org.sluice.api.LayoutService;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;

/**
 * The installed backends that the operator lets in. They come and go while the platform runs; who keeps anything of a backend listens here and drops it
 * before {@link #unbind} returns, so that a removed bundle leaves nothing behind.
 */
@Component(service = {BackendRegistry.class, LayoutService.class}, configurationPid = "org.sluice.backends")
@Designate(ocd = Admission.Rules.class)
public final class BackendRegistry implements LayoutService {
    private static final Comparator<Backend> BY_VERSION = Comparator.comparing(BackendRegistry::version);

    private final List<Backend> backends = new CopyOnWriteArrayList<>();
    private final Map<ServiceReference<Backend>, Candidate> candidates = new ConcurrentHashMap<>();
    private final List<Consumer<Backend>> onBind = new CopyOnWriteArrayList<>();
    private final List<Consumer<Backend>> onUnbind = new CopyOnWriteArrayList<>();
    private volatile Admission admission;

    /** One that lets every backend in, for use outside a framework. */
    public BackendRegistry() {
        admission = Admission.OPEN;
    }

    /** The rules are there before the first backend: references are bound after construction. */
    @Activate
    public BackendRegistry(Admission.Rules rules) {
        admission = Admission.of(rules);
    }

    @Modified
    void modified(Admission.Rules rules) {
        admission = Admission.of(rules);
        candidates.values().forEach(candidate -> candidate.judge(admission));
    }

    @Reference(service = Backend.class, cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindOffer(ComponentServiceObjects<Backend> offer) {
        Candidate candidate = new Candidate(offer, this::bind, this::unbind);
        candidates.put(offer.getServiceReference(), candidate);
        candidate.judge(admission);
    }

    void unbindOffer(ComponentServiceObjects<Backend> offer) {
        Candidate candidate = candidates.remove(offer.getServiceReference());
        if (candidate != null) {
            candidate.leave();
        }
    }

    /** Brings a backend that needs no admission. */
    public void bind(Backend backend) {
        backends.add(backend);
        onBind.forEach(listener -> listener.accept(backend));
    }

    /** Takes it away: first nobody finds it any more, then who uses it lets it go. */
    public void unbind(Backend backend) {
        backends.remove(backend);
        onUnbind.forEach(listener -> listener.accept(backend));
    }

    /** Whether a backend is still there. */
    public boolean has(Backend backend) {
        return backends.stream().anyMatch(b -> b == backend);
    }

    /** Those that are there. */
    List<Backend> all() {
        return backends;
    }

    /** Bundles that offer backends and were not let in. */
    List<Candidate> refused() {
        return candidates.values().stream().filter(c -> c.refusal() != null).sorted(Comparator.comparing(Candidate::bundleName)).toList();
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
                .max(BY_VERSION).orElseThrow(() -> new IommuException(IommuException.Reason.NO_BACKEND,
                        "there is no backend '" + name + "'; installed are " + list().stream()
                                .map(i -> at < 0 ? i.name() : i.name() + "@" + i.version()).distinct().collect(Collectors.joining(", "))));
    }

    /** The backend that reads that unit; of several the one whose version is highest. */
    public Optional<Backend> backendOf(UnitDescription unit) {
        return backends.stream().filter(b -> b.supports(unit)).max(BY_VERSION);
    }

    /** The backend that may serve a unit that nobody serves; of several the one whose version is highest. */
    public Optional<Backend> welcomeAt(UnitSlot slot) {
        return backends.stream().filter(slot::welcomes).max(BY_VERSION);
    }

    /** What the backends say of themselves, by name and version. */
    public List<BackendInfo> list() {
        return backends.stream().sorted(Comparator.comparing((Backend b) -> b.info().name()).thenComparing(BY_VERSION)).map(Backend::info).toList();
    }

    /** Version 0.10 is higher than 0.9; one that is no version is the lowest. */
    private static Version version(Backend backend) {
        try {
            return Version.parseVersion(backend.info().version());
        } catch (IllegalArgumentException e) {
            return Version.emptyVersion;
        }
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
