// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.QueueDescriptors;
import org.sluice.backend.vtd.layout.QueueRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Queued invalidation (section 6.5.2). A write to the tail runs all descriptors up to it; an error stops the queue with its head at
 * the descriptor, until software clears FSTS.IQE. What a register write starts is done by {@link #work}, which the writer calls when the
 * registers are unlocked: devices that are told to forget may at the same time have requests under way that end in a fault record.
 */
final class InvalidationQueue {
    /** IQEI: why the queue stopped; 0 tells nothing. */
    private static final int OK = -1;
    private static final int NO_INFORMATION = 0;
    private static final int INVALID_TAIL = 1;
    private static final int FETCH = 2;
    private static final int BAD_TYPE = 3;
    private static final int RESERVED = 4;
    private static final int BAD_WIDTH = 5;
    private static final int TAIL_NOT_ALIGNED = 6;
    private static final int RESERVED_MODE = 7;

    private static final int POINTER_SHIFT = 4;
    private static final int HALF_WIDE = 16;
    private static final int HEAD = QueueRegisters.IQH.offset();
    private static final int TAIL = QueueRegisters.IQT.offset();
    private static final int COMPLETION = EventRegisters.ICS.offset();
    private static final int WAIT_DONE = 1;

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final FaultRecorder faults;
    private final EventMessage completion;
    private final Invalidations invalidations;
    private final LongSupplier tableMode;
    private final long cap;
    private final long ecap;
    private final Map<StructureLayout, ReservedBits> reserved = new IdentityHashMap<>();
    private final DeviceCalls devices;
    private final Object lock = new Object();
    private volatile boolean running;
    private volatile boolean due;

    /** What the queue has to tell devices. */
    interface DeviceCalls {
        void invalidate(int sourceId, int pasid, long first, long last);

        void respond(int sourceId, int pasid, int group, int code);
    }

    /** @param tableMode TTM as it was taken over */
    InvalidationQueue(PhysicalMemory memory, RegisterFile registers, FaultRecorder faults, EventMessage completion,
            Invalidations invalidations, DeviceCalls devices, LongSupplier tableMode) {
        this.memory = memory;
        this.registers = registers;
        this.faults = faults;
        this.completion = completion;
        this.invalidations = invalidations;
        this.devices = devices;
        this.tableMode = tableMode;
        cap = registers.read64(CapabilityRegisters.CAP.offset());
        ecap = registers.read64(CapabilityRegisters.ECAP.offset());
        for (StructureLayout layout : QueueDescriptors.BY_TYPE) {
            reserved.put(layout, ReservedBits.of(layout));
        }
        registers.define64(HEAD, 0, 0, 0)
                .define64(TAIL, 0, QueueRegisters.TAIL.put(-1), 0).onWrite(TAIL, (before, written) -> due = true)
                .define64(QueueRegisters.IQA.offset(), 0,
                        QueueRegisters.BASE.put(-1) | QueueRegisters.WIDE.put(-1) | QueueRegisters.SIZE.put(-1), 0)
                .define64(QueueRegisters.IQERCD.offset(), 0, 0, 0)
                .define(COMPLETION, 0, 0, WAIT_DONE)
                .onWrite(COMPLETION, (before, written) -> served(written));
    }

    /** Switches on or, if all descriptors are done, off; whether it is on then. */
    boolean enable(boolean on) {
        if (on != running && (on || registers.read64(HEAD) == registers.read64(TAIL))) {
            running = on;
            if (on) {
                due = true;
            } else {
                registers.set64(HEAD, 0);
            }
        }
        return running;
    }

    boolean running() {
        return running;
    }

    /** Software has cleared IQE: the descriptor at the head is tried again. */
    void errorCleared() {
        registers.set64(QueueRegisters.IQERCD.offset(), 0);
        due = true;
    }

    /** Does what register writes have started; the caller holds no lock. */
    void work() {
        while (due) {
            synchronized (lock) {
                due = false;
                run();
            }
        }
    }

    private void served(int written) {
        if ((written & WAIT_DONE) != 0) {
            completion.serviced();
        }
    }

    private void run() {
        if (!running || faults.queueStopped()) {
            return;
        }
        long iqa = registers.read64(QueueRegisters.IQA.offset());
        boolean wide = QueueRegisters.WIDE.get(iqa) != 0;
        int log2Bytes = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES) + (int) QueueRegisters.SIZE.get(iqa);
        int shift = wide ? POINTER_SHIFT + 1 : POINTER_SHIFT;
        Ring ring = new Ring(memory, QueueRegisters.BASE.address(iqa), log2Bytes - shift, 1 << shift, shift, false);
        int error = before(wide, 1L << log2Bytes);
        long tail = registers.read64(TAIL);
        long head = registers.read64(HEAD);
        while (error == OK && head != tail) {
            error = execute(ring, head, wide);
            head = error == OK ? ring.next(head) : head;
            registers.set64(HEAD, head);
        }
        if (error != OK) {
            registers.set64(QueueRegisters.IQERCD.offset(), QueueRegisters.ERROR.put(error));
            faults.raise(FaultRecorder.QUEUE_ERROR);
        }
    }

    /** What is wrong with the queue as a whole. */
    private int before(boolean wide, long bytes) {
        long tail = registers.read64(TAIL);
        long mode = tableMode.getAsLong();
        boolean wideExists = CapabilityRegisters.SMTS.get(ecap) != 0 || CapabilityRegisters.ADMS.get(ecap) != 0;
        if (wide && !wideExists || !wide && mode == ControlRegisters.SCALABLE) {
            return BAD_WIDTH;
        }
        if (wide && (tail & HALF_WIDE) != 0) {
            registers.set64(TAIL, tail & ~HALF_WIDE);
            return TAIL_NOT_ALIGNED;
        }
        if (tail >= bytes || registers.read64(HEAD) >= bytes) {
            return INVALID_TAIL;
        }
        return mode > ControlRegisters.SCALABLE && mode != ControlRegisters.ABORT ? RESERVED_MODE : OK;
    }

    private int execute(Ring ring, long head, boolean wide) {
        if (!ring.isPresent(head)) {
            return FETCH;
        }
        StructureLayout layout = QueueDescriptors.of(ring.word(head, 0));
        if (!exists(layout)) {
            return BAD_TYPE;
        }
        Structure descriptor = Structure.of(layout, ring.address(head), ring.word(head, 0), ring.word(head, 1));
        if (reserved.get(layout).violatedBy(descriptor) || wide && (ring.word(head, 2) | ring.word(head, 3)) != 0) {
            return RESERVED;
        }
        return layout == QueueDescriptors.WAIT ? await(descriptor) : invalidate(descriptor);
    }

    /** Whether the unit has what such a descriptor is about. */
    private boolean exists(StructureLayout layout) {
        BitField needed = layout == QueueDescriptors.INTERRUPT_CACHE ? CapabilityRegisters.IR
                : layout == QueueDescriptors.PASID_IOTLB || layout == QueueDescriptors.PASID_CACHE ? CapabilityRegisters.SMTS
                : layout == QueueDescriptors.DEVICE_TLB || layout == QueueDescriptors.PASID_DEVICE_TLB ? CapabilityRegisters.DT
                : layout == QueueDescriptors.PAGE_RESPONSE ? CapabilityRegisters.PRS : CapabilityRegisters.QI;
        return layout != QueueDescriptors.UNKNOWN && needed.get(ecap) != 0;
    }

    private int invalidate(Structure d) {
        StructureLayout layout = d.layout();
        int domain = (int) d.get(QueueDescriptors.DOMAIN);
        long scope = d.get(QueueDescriptors.SCOPE);
        if (layout == QueueDescriptors.CONTEXT_CACHE) {
            return contexts(d, scope, domain);
        }
        if (layout == QueueDescriptors.IOTLB) {
            return translations(d, scope, domain);
        }
        if (layout == QueueDescriptors.PASID_CACHE) {
            return pasids(d, scope, domain);
        }
        if (layout == QueueDescriptors.PASID_IOTLB) {
            return pasidTranslations(d, scope, domain);
        }
        if (layout == QueueDescriptors.INTERRUPT_CACHE) {
            return interrupts(d);
        }
        return devices(d);
    }

    /** What devices are told: to forget, or how their page requests ended. */
    private int devices(Structure d) {
        StructureLayout layout = d.layout();
        int pasid = (int) d.get(QueueDescriptors.PASID);
        if (layout == QueueDescriptors.PAGE_RESPONSE) {
            devices.respond((int) d.get(QueueDescriptors.RESPONSE_SOURCE), d.is(QueueDescriptors.RESPONSE_TAGGED) ? pasid : TranslationRequest.NO_PASID,
                    (int) d.get(QueueDescriptors.GROUP), (int) d.get(QueueDescriptors.RESPONSE_CODE));
            return OK;
        }
        boolean tagged = layout == QueueDescriptors.PASID_DEVICE_TLB;
        long address = d.getAddress(QueueDescriptors.ADDRESS);
        long offset = d.is(tagged ? QueueDescriptors.PASID_DEVICE_SIZED : QueueDescriptors.DEVICE_SIZED) ? sizedOffset(address) : Vtd.PAGE_BYTES - 1;
        devices.invalidate((int) d.get(tagged ? QueueDescriptors.PASID_DEVICE_SOURCE : QueueDescriptors.DEVICE_SOURCE),
                tagged && !d.is(QueueDescriptors.PASID_DEVICE_ALL) ? pasid : TranslationRequest.NO_PASID, address & ~offset, address | offset);
        return OK;
    }

    /** The lowest 0 at or above bit 12 is the highest bit within the range; all ones below bit 63 mean everything. */
    private static long sizedOffset(long address) {
        int zero = Long.numberOfTrailingZeros(~(address | Vtd.PAGE_BYTES - 1));
        return zero >= Long.SIZE - 1 ? -1L : (2L << zero) - 1;
    }

    private int interrupts(Structure d) {
        int mask = (int) d.get(QueueDescriptors.INTERRUPT_MASK);
        if (mask > CapabilityRegisters.MHMV.get(ecap)) {
            return RESERVED;
        }
        if (d.get(QueueDescriptors.INTERRUPT_SCOPE) == 0) {
            invalidations.interrupts();
        } else {
            invalidations.interrupts((int) d.get(QueueDescriptors.INTERRUPT_INDEX), mask);
        }
        return OK;
    }

    private int contexts(Structure d, long scope, int domain) {
        boolean scalable = tableMode.getAsLong() == ControlRegisters.SCALABLE;
        if (scope == ControlRegisters.GLOBAL) {
            invalidations.contexts();
        } else if (scope == ControlRegisters.DOMAIN) {
            invalidations.contextsOfDomain(domain, scalable);
        } else if (scope == ControlRegisters.SELECTIVE) {
            invalidations.contextsOfDevice(domain, (int) d.get(QueueDescriptors.CONTEXT_SOURCE),
                    (int) d.get(QueueDescriptors.CONTEXT_MASK), scalable);
        }
        return scope == 0 ? RESERVED : OK;
    }

    private int translations(Structure d, long scope, int domain) {
        int mask = (int) d.get(QueueDescriptors.ADDRESS_MASK);
        boolean pages = scope == ControlRegisters.SELECTIVE && CapabilityRegisters.PSI.get(cap) != 0;
        if (scope == 0 || pages && mask > CapabilityRegisters.MAMV.get(cap)) {
            return RESERVED;
        }
        if (pages) {
            invalidations.pages(domain, d.getAddress(QueueDescriptors.ADDRESS), mask);
        } else {
            invalidations.translations(scope == ControlRegisters.GLOBAL, domain);
        }
        return OK;
    }

    private int pasids(Structure d, long scope, int domain) {
        if (scope == ControlRegisters.SELECTIVE) {
            invalidations.contexts();
        } else if (scope == 0) {
            invalidations.pasidsOfDomain(domain);
        } else if (scope == ControlRegisters.GLOBAL) {
            // G=01 is one PASID here.
            invalidations.pasid(domain, (int) d.get(QueueDescriptors.PASID));
        }
        return scope == ControlRegisters.DOMAIN ? RESERVED : OK;
    }

    private int pasidTranslations(Structure d, long scope, int domain) {
        int pasid = (int) d.get(QueueDescriptors.PASID);
        int mask = (int) d.get(QueueDescriptors.ADDRESS_MASK);
        if (scope == ControlRegisters.DOMAIN && d.word(1) == 0) {
            invalidations.translationsOfPasid(domain, pasid);
            return OK;
        }
        if (scope != ControlRegisters.SELECTIVE || mask > CapabilityRegisters.MAMV.get(cap)) {
            return RESERVED;
        }
        invalidations.pagesOfPasid(domain, pasid, d.getAddress(QueueDescriptors.ADDRESS), mask);
        return OK;
    }

    /** Everything before it is done when it is reached. The status is written before the interrupt goes out. */
    private int await(Structure d) {
        // Page requests are in the queue when they are made: there is nothing to drain.
        if (d.is(QueueDescriptors.WAIT_DRAIN) && CapabilityRegisters.PDS.get(ecap) == 0) {
            return RESERVED;
        }
        if (d.is(QueueDescriptors.WAIT_WRITE)) {
            long address = d.getAddress(QueueDescriptors.WAIT_ADDRESS);
            MemoryWindow window = memory.window(address);
            if (window == null || !window.isWritable()) {
                return NO_INFORMATION;
            }
            window.setInt(address, (int) d.get(QueueDescriptors.WAIT_STATUS));
        }
        synchronized (registers) {
            if (d.is(QueueDescriptors.WAIT_INTERRUPT) && (registers.read32(COMPLETION) & WAIT_DONE) == 0) {
                registers.change(COMPLETION, WAIT_DONE, 0);
                completion.raise();
            }
        }
        return OK;
    }
}
