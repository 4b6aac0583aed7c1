// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;

/** An inspector whose single answers each come from a part of its own. */
public abstract class ReportingInspector implements Inspector {
    private final Contexts contexts;
    private final Translations translations;
    private final Interrupts interrupts;

    /** Answers {@link Inspector#context}. */
    @FunctionalInterface
    protected interface Contexts {
        RequesterContext report(DeviceId device, int pasid);
    }

    /** Answers {@link Inspector#translate}. */
    @FunctionalInterface
    protected interface Translations {
        TranslationReport report(TranslationRequest request, boolean steps);
    }

    /** Answers {@link Inspector#remapInterrupt}. */
    @FunctionalInterface
    protected interface Interrupts {
        InterruptReport report(InterruptRequest request, boolean steps);
    }

    protected ReportingInspector(Contexts contexts, Translations translations, Interrupts interrupts) {
        this.contexts = contexts;
        this.translations = translations;
        this.interrupts = interrupts;
    }

    @Override
    public final RequesterContext context(DeviceId device, int pasid) {
        return contexts.report(device, pasid);
    }

    @Override
    public final TranslationReport translate(TranslationRequest request, boolean steps) {
        return translations.report(request, steps);
    }

    @Override
    public final InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        return interrupts.report(request, steps);
    }
}
