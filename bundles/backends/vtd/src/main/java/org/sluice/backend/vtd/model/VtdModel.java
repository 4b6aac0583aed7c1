// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.ConfigurationLookup;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.InterruptFinding;
import org.sluice.backend.vtd.lookup.InterruptFinding.Kind;
import org.sluice.backend.vtd.lookup.InterruptLookup;
import org.sluice.backend.vtd.lookup.StageWalker;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates and remaps with the registers as they were when the model was made. Contexts are cached as the architecture allows and
 * live until {@link #invalidateContexts}; tables are read each time. What the image does not hold is refused, never let through.
 *
 * <p>Not modelled here: register writes, the invalidation queue, fault records; the backend's capability table says so.
 */
public final class VtdModel implements UnitModel {
    /** Code of a request that is blocked without a fault reason: aborted, or resting on what is not known. */
    public static final int BLOCKED = 0;

    private static final int SOURCE_IDS = 0xffff;

    private final RegisterPort registers;
    private final UnitState state;
    private final UnitFirmware firmware;
    private final ContextCache contexts;
    private final InterruptLookup interrupts;
    private final PerThread<StageWalker> walkers;
    /** What happens to every request, or null if the tables decide. */
    private final Finding gate;
    private volatile InterruptSink sink = (address, data) -> { };

    public VtdModel(UnitContext unit) {
        PhysicalMemory memory = unit.memory();
        registers = unit.registers();
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        state = UnitState.read(registers, firmware.hostBits());
        ConfigurationLookup lookup = new ConfigurationLookup(memory, state);
        TranslationCache none = new TranslationCache(2);
        contexts = new ContextCache(lookup, finding -> new Context(none, finding));
        interrupts = new InterruptLookup(memory, state);
        walkers = new PerThread<>(() -> new StageWalker(lookup, memory));
        gate = lookup.gate();
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        if (gate != null) {
            return gate instanceof PassThrough ? PASS_THROUGH : fault(BLOCKED);
        }
        if (Vtd.INTERRUPT_WINDOW.contains(iova) && (pasid == TranslationRequest.NO_PASID || state.scalable())) {
            // Interrupt messages have their own way in; anything else there is an error (section 3.14).
            boolean message = pasid == TranslationRequest.NO_PASID && permission == Permissions.WRITE;
            return fault(state.scalable() && !message ? FaultReason.SM_INTERRUPT_OUTPUT.code() : BLOCKED);
        }
        Finding finding = contexts.find(requester & SOURCE_IDS, pasid);
        if (finding instanceof Translated context) {
            long answer = walkers.get().walk(context, iova, permission);
            return answer == StageWalker.UNKNOWN || answer == StageWalker.NEEDS_ECAP ? fault(BLOCKED) : answer;
        }
        if (finding instanceof PassThrough pass) {
            return passThrough(pass, iova, permission);
        }
        return fault(finding instanceof Blocked blocked && blocked.reason() != null ? blocked.reason().code() : BLOCKED);
    }

    private static long passThrough(PassThrough pass, long iova, int permission) {
        if (permission == Permissions.EXECUTE && !pass.executes()) {
            return fault(FaultReason.EXECUTE_DISABLED.code());
        }
        return pass.width() < Long.SIZE && iova >>> pass.width() != 0 ? fault(FaultReason.BEYOND_WIDTH.code()) : PASS_THROUGH;
    }

    private static long fault(int code) {
        return -1L - code;
    }

    @Override
    public boolean interrupt(int requester, long address, int data) {
        if (!InterruptLookup.isRequest(address)) {
            return false;
        }
        int sourceId = requester & SOURCE_IDS;
        InterruptFinding finding = interrupts.find(sourceId, address, data & 0xffff_ffffL, firmware.ioApics().contains(sourceId));
        if (finding.kind() == Kind.REMAPPED || finding.kind() == Kind.PASSED) {
            sink.message(finding.address(), finding.data());
        }
        return true;
    }

    @Override
    public void setInterruptSink(InterruptSink newSink) {
        sink = newSink;
    }

    /** Forgets all context and PASID table entries. */
    public void invalidateContexts() {
        contexts.invalidate();
    }
}
