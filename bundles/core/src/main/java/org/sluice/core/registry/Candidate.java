// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.function.Consumer;

import org.osgi.framework.Bundle;
import org.osgi.service.component.ComponentServiceObjects;
import org.sluice.core.audit.Audit;
import org.sluice.spi.Backend;

/** A backend that a bundle offers. Its code runs for the first time when it is admitted. */
final class Candidate {
    private final ComponentServiceObjects<Backend> services;
    private final Bundle bundle;
    private final Consumer<Backend> bind;
    private final Consumer<Backend> unbind;
    private Backend admitted;
    private boolean gone;
    private volatile String refusal;

    Candidate(ComponentServiceObjects<Backend> services, Consumer<Backend> bind, Consumer<Backend> unbind) {
        this.services = services;
        this.bundle = services.getServiceReference().getBundle();
        this.bind = bind;
        this.unbind = unbind;
    }

    String bundleName() {
        return bundle.getSymbolicName();
    }

    String bundleVersion() {
        return bundle.getVersion().toString();
    }

    /** Why it may not be used, or null. */
    String refusal() {
        return refusal;
    }

    /** Lets it in or shows it out, as the rules are now. */
    synchronized void judge(Admission admission) {
        if (gone) {
            return;
        }
        String why = admission.refusal(bundle);
        if (why != null && !why.equals(refusal)) {
            Audit.record("refuse backend", bundleName(), null, bundleVersion(), why);
        }
        if (why == null && admitted == null) {
            admitted = services.getService();
            why = admitted == null ? "bundle " + bundleName() + " " + bundleVersion() + " offers a backend and does not give it; see the log" : null;
            if (admitted != null) {
                bind.accept(admitted);
            }
        } else if (why != null) {
            withdraw();
        }
        refusal = why;
    }

    /** The bundle leaves. When this returns nothing of it is used. */
    synchronized void leave() {
        gone = true;
        withdraw();
    }

    private void withdraw() {
        Backend leaving = admitted;
        if (leaving != null) {
            admitted = null;
            unbind.accept(leaving);
            services.ungetService(leaving);
        }
    }
}
