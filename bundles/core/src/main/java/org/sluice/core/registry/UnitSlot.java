// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import org.sluice.api.Status;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.UnitInfo;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/** One unit of an open machine: the only place that keeps anything of its backend. Thread-safe. */
public final class UnitSlot {
    private final int index;
    private final UnitContext context;
    private final BackendRegistry backends;
    /** Kept between single translations, which come in millions; long work gets an inspector of its own. */
    private Backend current;
    private Inspector inspector;

    UnitSlot(int index, UnitContext context, BackendRegistry backends) {
        this.index = index;
        this.context = context;
        this.backends = backends;
    }

    public UnitContext context() {
        return context;
    }

    public String name() {
        return context.unit().name();
    }

    boolean hasIndex(String text) {
        return text.equals(Integer.toString(index));
    }

    /** An inspector for one work. */
    public Inspector inspector() {
        return inspectorOf(backend());
    }

    public synchronized TranslationReport translate(TranslationRequest request, boolean steps) {
        if (inspector == null) {
            current = backend();
            inspector = inspectorOf(current);
        }
        return inspector.translate(request, steps);
    }

    synchronized void drop(Backend leaving) {
        if (current == leaving) {
            current = null;
            inspector = null;
        }
    }

    public UnitInfo info() {
        UnitDescription unit = context.unit();
        String backend = backends.backendOf(unit).map(b -> b.info().name()).orElse(null);
        Status status = backend != null ? new Status("ACTIVE", "", "")
                : new Status("ABSENT", "NO_BACKEND", "no installed backend reads units of type " + unit.type());
        return new UnitInfo(index, unit.name(), unit.type(), unit.registerBase(), backend, status);
    }

    private Backend backend() {
        UnitDescription unit = context.unit();
        return backends.backendOf(unit).orElseThrow(() -> new IommuException(Reason.NO_BACKEND, "unit " + unit.name()
                + ": no installed backend reads units of type " + unit.type() + "; see backend-list, or put its bundle into deploy/"));
    }

    private Inspector inspectorOf(Backend backend) {
        return backend.inspector(context).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED,
                "backend " + backend.info().name() + " has no inspector: it cannot read unit " + name()));
    }
}
