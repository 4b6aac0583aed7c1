// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.Arrays;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.layout.Registers;
import org.sluice.kit.register.Messages;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/**
 * The register file of a unit and what its control registers do (section 11.4): global commands and their status, tables taken over,
 * invalidation by registers. Each command is done when its write returns. Hooks run under the register file's monitor.
 */
final class ControlUnit {
    private static final int FAULT_EVENT = 0x38;
    private static final int COMPLETION_EVENT = 0xa0;
    private static final int PAGE_REQUEST_EVENT = 0xe0;
    private static final int GCMD = ControlRegisters.GCMD.offset();
    private static final int GSTS = ControlRegisters.GSTS.offset();
    private static final int CCMD = ControlRegisters.CCMD.offset();
    private static final int IVA_UNITS = 16;
    /** From this major version on a unit has no register-based context invalidation. */
    private static final int QUEUE_ONLY_MAJOR = 6;
    private static final int MAJOR_SHIFT = 4;

    private final RegisterFile registers;
    private final FaultRecorder faults;
    private final InvalidationQueue queue;
    private final Invalidations invalidations;
    private final ProtectedMemory protectedMemory;
    private final PageRequestQueue pageRequests;
    private final Runnable changed;
    private final int version;
    private final long cap;
    private final long ecap;
    private final int iva;
    private long rootTable;
    private long interruptTable;

    /** @param changed called when what {@link #takenOver} answers has changed */
    ControlUnit(RegisterPort told, PhysicalMemory memory, Messages messages, Invalidations invalidations,
            InvalidationQueue.DeviceCalls devices, Runnable changed) {
        this.invalidations = invalidations;
        this.changed = changed;
        version = told.read32(CapabilityRegisters.VER.offset());
        cap = told.read64(CapabilityRegisters.CAP.offset()) & ~CapabilityRegisters.CAP_NOT_MODELLED;
        long all = told.read64(CapabilityRegisters.ECAP.offset()) & ~CapabilityRegisters.ECAP_NOT_MODELLED;
        // Page requests come from devices that have asked for translations.
        ecap = CapabilityRegisters.DT.get(all) == 0 ? all & ~CapabilityRegisters.PRS.put(-1) : all;
        iva = (int) CapabilityRegisters.IRO.get(ecap) * IVA_UNITS;
        registers = new RegisterFile(Math.max(Registers.PAGE_BYTES, Math.max(iva + IVA_UNITS, FaultRecorder.end(cap))));
        define();
        faults = new FaultRecorder(registers, new EventMessage(registers, messages, FAULT_EVENT), cap, this::queueErrorCleared);
        EventMessage pageEvent = new EventMessage(registers, messages, PAGE_REQUEST_EVENT);
        pageRequests = has(CapabilityRegisters.PRS) ? new PageRequestQueue(memory, registers, pageEvent) : null;
        protectedMemory = new ProtectedMemory(registers, cap);
        queue = new InvalidationQueue(memory, registers, faults, new EventMessage(registers, messages, COMPLETION_EVENT), invalidations, devices,
                () -> ControlRegisters.TABLE_MODE.get(rootTable));
    }

    /** Whether all registers that matter are known and as after reset: of a unit of which less is known, nothing is made up. */
    static boolean isReset(RegisterPort told) {
        Register[] registers = {CapabilityRegisters.VER, CapabilityRegisters.CAP, CapabilityRegisters.ECAP, ControlRegisters.GSTS,
            ControlRegisters.RTADDR};
        return Arrays.stream(registers).allMatch(r -> told.isKnown(r.offset(), r.bytes()))
                && told.read32(GSTS) == 0 && told.read64(ControlRegisters.RTADDR.offset()) == 0;
    }

    private void define() {
        registers.define(CapabilityRegisters.VER.offset(), version, 0, 0)
                .define64(CapabilityRegisters.CAP.offset(), cap, 0, 0)
                .define64(CapabilityRegisters.ECAP.offset(), ecap, 0, 0)
                .define(GSTS, 0, 0, 0)
                .onWrite(GCMD, (before, written) -> command(written & 0xffff_ffffL))
                .define64(ControlRegisters.RTADDR.offset(), 0,
                        ControlRegisters.ROOT_TABLE.put(-1) | ControlRegisters.TABLE_MODE.put(-1), 0)
                .define64(CCMD, 0, ~ControlRegisters.CONTEXT_DONE.put(-1), 0)
                .onWrite(CCMD + 4, (before, written) -> invalidateContexts())
                .define64(ControlRegisters.IRTA.offset(), 0, has(CapabilityRegisters.IR) ? ControlRegisters.INTERRUPT_TABLE.put(-1)
                        | ControlRegisters.INTERRUPT_SIZE.put(-1) | ControlRegisters.EXTENDED_DESTINATIONS.put(-1) : 0, 0)
                .define64(iva, 0, -1, 0)
                .define64(iva + 8, 0, ~ControlRegisters.IOTLB_DONE.put(-1), 0)
                .onWrite(iva + 12, (before, written) -> invalidateTranslations());
    }

    private boolean has(BitField flag) {
        return flag.get(ecap) != 0;
    }

    private void queueErrorCleared() {
        queue.errorCleared();
    }

    RegisterFile registers() {
        return registers;
    }

    InvalidationQueue queue() {
        return queue;
    }

    /** Null if the unit takes no page requests. */
    PageRequestQueue pageRequests() {
        return pageRequests;
    }

    ProtectedMemory protectedMemory() {
        return protectedMemory;
    }

    boolean hasDeviceTlbs() {
        return has(CapabilityRegisters.DT);
    }

    FaultRecorder faults() {
        return faults;
    }

    /** The registers that decide about requests, tables as they were taken over. */
    Map<Register, Long> takenOver() {
        synchronized (registers) {
            return Map.of(CapabilityRegisters.CAP, cap, CapabilityRegisters.ECAP, ecap, ControlRegisters.GSTS,
                    registers.read32(GSTS) & 0xffff_ffffL, ControlRegisters.RTADDR, rootTable, ControlRegisters.IRTA, interruptTable);
        }
    }

    /** GCMD has the bits of GSTS: some are levels, some are done once. */
    private void command(long command) {
        long status = registers.read32(GSTS) & 0xffff_ffffL;
        if (ControlRegisters.ROOT_SET.get(command) != 0) {
            rootTable = registers.read64(ControlRegisters.RTADDR.offset());
            status |= ControlRegisters.ROOT_SET.put(1);
            if (CapabilityRegisters.ESRTPS.get(cap) != 0) {
                invalidations.everything();
            }
        }
        if (has(CapabilityRegisters.IR)) {
            if (ControlRegisters.INTERRUPTS_SET.get(command) != 0) {
                interruptTable = registers.read64(ControlRegisters.IRTA.offset());
                status |= ControlRegisters.INTERRUPTS_SET.put(1);
                if (CapabilityRegisters.ESIRTPS.get(cap) != 0) {
                    invalidations.interrupts();
                }
            }
            status = level(status, command, ControlRegisters.REMAPPING_ON);
            status = level(status, command, ControlRegisters.COMPATIBILITY_ON);
        }
        if (has(CapabilityRegisters.QI)) {
            boolean on = queue.enable(ControlRegisters.QUEUE_ON.get(command) != 0);
            status = level(status, ControlRegisters.QUEUE_ON.put(on ? 1 : 0), ControlRegisters.QUEUE_ON);
        }
        registers.set(GSTS, (int) level(status, command, ControlRegisters.TRANSLATION_ON));
        changed.run();
    }

    private static long level(long status, long command, BitField bit) {
        return status & ~bit.put(1) | bit.put(bit.get(command));
    }

    /** Section 11.4.5.1: scope asked for in, scope done out; none if the unit cannot, as while the queue is in use. */
    private void invalidateContexts() {
        long ccmd = registers.read64(CCMD);
        if (ControlRegisters.CONTEXT_START.get(ccmd) == 0) {
            return;
        }
        long scope = ControlRegisters.CONTEXT_SCOPE.get(ccmd);
        int domain = (int) ControlRegisters.CONTEXT_DOMAIN.get(ccmd);
        if (queue.running() || ControlRegisters.TABLE_MODE.get(rootTable) != ControlRegisters.LEGACY
                || (version >>> MAJOR_SHIFT & 0xf) >= QUEUE_ONLY_MAJOR) {
            scope = 0;
        } else if (scope == ControlRegisters.GLOBAL) {
            invalidations.contexts();
        } else if (scope == ControlRegisters.DOMAIN) {
            invalidations.contextsOfDomain(domain, false);
        } else if (scope == ControlRegisters.SELECTIVE) {
            invalidations.contextsOfDevice(domain, (int) ControlRegisters.CONTEXT_SOURCE.get(ccmd),
                    (int) ControlRegisters.CONTEXT_MASK.get(ccmd), false);
        }
        registers.set64(CCMD, ccmd & ~ControlRegisters.CONTEXT_START.put(1) & ~ControlRegisters.CONTEXT_DONE.put(-1)
                | ControlRegisters.CONTEXT_DONE.put(scope));
    }

    /** Section 11.4.6: as above, for translations; a unit without page-selective invalidation does the whole domain. */
    private void invalidateTranslations() {
        long iotlb = registers.read64(iva + 8);
        if (ControlRegisters.IOTLB_START.get(iotlb) == 0) {
            return;
        }
        long address = registers.read64(iva);
        int mask = (int) ControlRegisters.IVA_MASK.get(address);
        int domain = (int) ControlRegisters.IOTLB_DOMAIN.get(iotlb);
        long scope = queue.running() ? 0 : ControlRegisters.IOTLB_SCOPE.get(iotlb);
        if (scope == ControlRegisters.SELECTIVE && CapabilityRegisters.PSI.get(cap) == 0) {
            scope = ControlRegisters.DOMAIN;
        }
        if (scope == ControlRegisters.SELECTIVE && mask > CapabilityRegisters.MAMV.get(cap)) {
            scope = 0;
        } else if (scope == ControlRegisters.SELECTIVE) {
            invalidations.pages(domain, ControlRegisters.IVA_ADDRESS.address(address), mask);
        } else if (scope != 0) {
            invalidations.translations(scope == ControlRegisters.GLOBAL, domain);
        }
        registers.set64(iva + 8, iotlb & ~ControlRegisters.IOTLB_START.put(1) & ~ControlRegisters.IOTLB_DONE.put(-1)
                | ControlRegisters.IOTLB_DONE.put(scope));
    }
}
