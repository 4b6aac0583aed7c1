// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleListener;

/** Watches that the platform stays as it is while a vendor's bundle comes, is updated or leaves. */
final class Undisturbed implements BundleListener, AutoCloseable {
    private static final Set<String> STILL = Set.of("org.sluice.core", "org.sluice.api", "org.sluice.machine", "org.sluice.kit",
            "org.sluice.machines.synthetic", "org.sluice.shell", "org.sluice.vfio", "org.sluice.backend.amdvi", "org.sluice.backend.smmuv3");

    private final BundleContext context;
    private final List<String> events = new CopyOnWriteArrayList<>();

    Undisturbed(BundleContext context) {
        this.context = context;
        context.addBundleListener(this);
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if (STILL.contains(event.getBundle().getSymbolicName())) {
            events.add(event.getBundle() + " event " + event.getType());
        }
    }

    /** What befell bundles that nobody touched. */
    List<String> events() {
        return events;
    }

    @Override
    public void close() {
        context.removeBundleListener(this);
    }
}
