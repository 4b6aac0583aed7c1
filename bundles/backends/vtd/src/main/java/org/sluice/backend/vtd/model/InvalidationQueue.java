// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

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
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.QueueRunner;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Queued invalidation (section 6.5.2). A write to the tail runs all descriptors up to it; an error stops the queue with its head at
 * the descriptor, until software clears FSTS.IQE. What other register writes start is done by {@link #work}, which the writer calls when the
 * registers are unlocked: devices that are told to forget may at the same time have requests under way that end in a fault record.
 * Nothing is allocated for a descriptor.
 */
final class InvalidationQueue extends QueueRunner {
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

    /** The tail, and the bits of it that are the pointer. */
    static final int TAIL = QueueRegisters.IQT.offset();
    static final int POINTER = (int) QueueRegisters.TAIL.put(-1);

    private static final int POINTER_SHIFT = 4;
    private static final int HALF_WIDE = 16;
    private static final int HEAD = QueueRegisters.IQH.offset();
    private static final int BASE = QueueRegisters.IQA.offset();
    private static final int COMPLETION = EventRegisters.ICS.offset();
    private static final int WAIT_DONE = 1;
    /** The most frequent descriptors, as numbers for the compiler: the type in place, and the bits that are fixed by it, most as reserved. */
    private static final long IOTLB = QueueDescriptors.type(QueueDescriptors.IOTLB);
    private static final long IOTLB_FIXED = QueueDescriptors.TYPE_BITS | ReservedBits.of(QueueDescriptors.IOTLB).mask(0);
    private static final long IOTLB_ZERO = ReservedBits.of(QueueDescriptors.IOTLB).mask(1);
    private static final long WAIT = QueueDescriptors.type(QueueDescriptors.WAIT);
    private static final long WAIT_FIXED = QueueDescriptors.TYPE_BITS | ReservedBits.of(QueueDescriptors.WAIT).mask(0);
    private static final long WAIT_ZERO = ReservedBits.of(QueueDescriptors.WAIT).mask(1);

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final FaultRecorder faults;
    private final EventMessage completion;
    private final Invalidations invalidations;
    private final LongSupplier tableMode;
    private final long cap;
    private final long ecap;
    private final boolean wideExists;
    /** Whether page-selective invalidation exists, and log2 of the most pages it can name. */
    private final boolean selective;
    private final int mostMask;
    /** By type. */
    private final ReservedBits[] reserved = QueueDescriptors.BY_TYPE.stream().map(ReservedBits::of).toArray(ReservedBits[]::new);
    private final boolean[] exists;
    private final DeviceCalls devices;
    private volatile boolean running;
    /** The queue as it was prepared for, and how far it is, as IQH tells; only within a run, as what follows. */
    private Ring ring;
    private int head;
    private long bytes;
    private boolean wide;
    /** Whether descriptors are not of the width that the tables want, and whether their mode is none that there is. */
    private boolean badWidth;
    private boolean badMode;
    /** Where the last wait wrote its status, or nowhere if that may not stay. */
    private MemoryWindow statusWindow = MemoryWindow.NOWHERE;

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
        selective = CapabilityRegisters.PSI.get(cap) != 0;
        mostMask = (int) CapabilityRegisters.MAMV.get(cap);
        wideExists = CapabilityRegisters.SMTS.get(ecap) != 0 || CapabilityRegisters.ADMS.get(ecap) != 0;
        exists = new boolean[QueueDescriptors.BY_TYPE.size()];
        for (int i = 0; i < exists.length; i++) {
            exists[i] = exists(QueueDescriptors.BY_TYPE.get(i));
        }
        registers.define64(HEAD, 0, 0, 0)
                .define64(BASE, 0, QueueRegisters.BASE.put(-1) | QueueRegisters.WIDE.put(-1) | QueueRegisters.SIZE.put(-1), 0)
                .onWrite(BASE, (before, written) -> changed())
                .onWrite(BASE + Integer.BYTES, (before, written) -> changed())
                .define64(QueueRegisters.IQERCD.offset(), 0, 0, 0)
                .define(COMPLETION, 0, 0, WAIT_DONE)
                .onWrite(COMPLETION, (before, written) -> served(written));
    }

    /** Switches on or, if all descriptors are done, off; whether it is on then. The command may also have taken over tables of another mode. */
    boolean enable(boolean on) {
        changed();
        if (on != running && (on || registers.read64(HEAD) == registers.read64(TAIL))) {
            running = on;
            if (on) {
                due();
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
        due();
    }

    private void served(int written) {
        if ((written & WAIT_DONE) != 0) {
            completion.serviced();
        }
    }

    @Override
    protected boolean prepare() {
        synchronized (registers) {
            if (!running || faults.queueStopped()) {
                return false;
            }
            long iqa = registers.read64(BASE);
            long mode = tableMode.getAsLong();
            wide = QueueRegisters.WIDE.get(iqa) != 0;
            badWidth = wide ? !wideExists : mode == ControlRegisters.SCALABLE;
            badMode = mode > ControlRegisters.SCALABLE && mode != ControlRegisters.ABORT;
            int shift = wide ? POINTER_SHIFT + 1 : POINTER_SHIFT;
            int log2Bytes = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES) + (int) QueueRegisters.SIZE.get(iqa);
            bytes = 1L << log2Bytes;
            ring = Ring.withOneFree(memory, QueueRegisters.BASE.address(iqa), log2Bytes - shift, 1 << shift, shift);
            head = registers.read32(HEAD); // pointers have no bits above their low words
            return true;
        }
    }

    @Override
    protected void runToTail() {
        int tail = registers.read32(TAIL);
        int error = before(tail);
        int at = head;
        while (error == OK && at != tail) {
            error = ring.isPresent(at) ? execute(ring.word(at, 0), ring.word(at, 1), wide ? ring.word(at, 2) | ring.word(at, 3) : 0) : FETCH;
            if (error == OK) {
                at = (int) ring.next(at);
                head = at;
                registers.advance(HEAD, at);
            }
        }
        if (error != OK) {
            stop(error);
        }
    }

    private void stop(int error) {
        synchronized (registers) {
            registers.set64(QueueRegisters.IQERCD.offset(), QueueRegisters.ERROR.put(error));
            faults.raise(FaultRecorder.QUEUE_ERROR);
            changed();
        }
    }

    /** What is wrong with the queue as a whole. */
    private int before(int tail) {
        if (badWidth) {
            return BAD_WIDTH;
        }
        if (wide && (tail & HALF_WIDE) != 0) {
            registers.advance(TAIL, tail & ~HALF_WIDE);
            return TAIL_NOT_ALIGNED;
        }
        if (tail >= bytes || head >= bytes) {
            return INVALID_TAIL;
        }
        return badMode ? RESERVED_MODE : OK;
    }

    /** @param upper all bits that are set in the upper half of a wide descriptor */
    private int execute(long low, long high, long upper) {
        if ((low & IOTLB_FIXED) == IOTLB && (high & IOTLB_ZERO | upper) == 0) {
            return translations(low, high);
        }
        if ((low & WAIT_FIXED) == WAIT && (high & WAIT_ZERO | upper) == 0) {
            return await(low, high);
        }
        int type = QueueDescriptors.typeOf(low) - 1;
        if (type < 0 || !exists[type]) {
            return BAD_TYPE;
        }
        return reserved[type].violatedBy(low, high) || upper != 0 ? RESERVED : invalidate(QueueDescriptors.BY_TYPE.get(type), low, high);
    }

    /** Whether the unit has what such a descriptor is about. */
    private boolean exists(StructureLayout layout) {
        BitField needed = layout == QueueDescriptors.INTERRUPT_CACHE ? CapabilityRegisters.IR
                : layout == QueueDescriptors.PASID_IOTLB || layout == QueueDescriptors.PASID_CACHE ? CapabilityRegisters.SMTS
                : layout == QueueDescriptors.DEVICE_TLB || layout == QueueDescriptors.PASID_DEVICE_TLB ? CapabilityRegisters.DT
                : layout == QueueDescriptors.PAGE_RESPONSE ? CapabilityRegisters.PRS : CapabilityRegisters.QI;
        return layout != QueueDescriptors.UNKNOWN && needed.get(ecap) != 0;
    }

    private int invalidate(StructureLayout layout, long low, long high) {
        if (layout == QueueDescriptors.CONTEXT_CACHE) {
            return contexts(low);
        }
        if (layout == QueueDescriptors.PASID_CACHE) {
            return pasids(low);
        }
        if (layout == QueueDescriptors.PASID_IOTLB) {
            return pasidTranslations(low, high);
        }
        if (layout == QueueDescriptors.INTERRUPT_CACHE) {
            return interrupts(low);
        }
        return devices(layout, low, high);
    }

    /** What devices are told: to forget, or how their page requests ended. */
    private int devices(StructureLayout layout, long low, long high) {
        int pasid = (int) QueueDescriptors.PASID.get(low);
        if (layout == QueueDescriptors.PAGE_RESPONSE) {
            devices.respond((int) QueueDescriptors.RESPONSE_SOURCE.get(low), QueueDescriptors.RESPONSE_TAGGED.get(low) != 0 ? pasid : TranslationRequest.NO_PASID,
                    (int) QueueDescriptors.GROUP.get(high), (int) QueueDescriptors.RESPONSE_CODE.get(low));
            return OK;
        }
        boolean tagged = layout == QueueDescriptors.PASID_DEVICE_TLB;
        long address = QueueDescriptors.ADDRESS.address(high);
        long offset = (tagged ? QueueDescriptors.PASID_DEVICE_SIZED : QueueDescriptors.DEVICE_SIZED).get(high) != 0 ? sizedOffset(address) : Vtd.PAGE_BYTES - 1;
        devices.invalidate((int) (tagged ? QueueDescriptors.PASID_DEVICE_SOURCE : QueueDescriptors.DEVICE_SOURCE).get(low),
                tagged && QueueDescriptors.PASID_DEVICE_ALL.get(high) == 0 ? pasid : TranslationRequest.NO_PASID, address & ~offset, address | offset);
        return OK;
    }

    /** The lowest 0 at or above bit 12 is the highest bit within the range; all ones below bit 63 mean everything. */
    private static long sizedOffset(long address) {
        int zero = Long.numberOfTrailingZeros(~(address | Vtd.PAGE_BYTES - 1));
        return zero >= Long.SIZE - 1 ? -1L : (2L << zero) - 1;
    }

    private int interrupts(long low) {
        int mask = (int) QueueDescriptors.INTERRUPT_MASK.get(low);
        if (mask > CapabilityRegisters.MHMV.get(ecap)) {
            return RESERVED;
        }
        if (QueueDescriptors.INTERRUPT_SCOPE.get(low) == 0) {
            invalidations.interrupts();
        } else {
            invalidations.interrupts((int) QueueDescriptors.INTERRUPT_INDEX.get(low), mask);
        }
        return OK;
    }

    private int contexts(long low) {
        long scope = QueueDescriptors.SCOPE.get(low);
        int domain = (int) QueueDescriptors.DOMAIN.get(low);
        boolean scalable = tableMode.getAsLong() == ControlRegisters.SCALABLE;
        if (scope == ControlRegisters.GLOBAL) {
            invalidations.contexts();
        } else if (scope == ControlRegisters.DOMAIN) {
            invalidations.contextsOfDomain(domain, scalable);
        } else if (scope == ControlRegisters.SELECTIVE) {
            invalidations.contextsOfDevice(domain, (int) QueueDescriptors.CONTEXT_SOURCE.get(low),
                    (int) QueueDescriptors.CONTEXT_MASK.get(low), scalable);
        }
        return scope == 0 ? RESERVED : OK;
    }

    private int translations(long low, long high) {
        long scope = QueueDescriptors.SCOPE.get(low);
        int domain = (int) QueueDescriptors.DOMAIN.get(low);
        int mask = (int) QueueDescriptors.ADDRESS_MASK.get(high);
        boolean pages = scope == ControlRegisters.SELECTIVE && selective;
        if (scope == 0 || pages && mask > mostMask) {
            return RESERVED;
        }
        if (pages) {
            invalidations.pages(domain, QueueDescriptors.ADDRESS.address(high), mask);
        } else {
            invalidations.translations(scope == ControlRegisters.GLOBAL, domain);
        }
        return OK;
    }

    private int pasids(long low) {
        long scope = QueueDescriptors.SCOPE.get(low);
        int domain = (int) QueueDescriptors.DOMAIN.get(low);
        if (scope == ControlRegisters.SELECTIVE) {
            invalidations.contexts();
        } else if (scope == 0) {
            invalidations.pasidsOfDomain(domain);
        } else if (scope == ControlRegisters.GLOBAL) {
            // G=01 is one PASID here.
            invalidations.pasid(domain, (int) QueueDescriptors.PASID.get(low));
        }
        return scope == ControlRegisters.DOMAIN ? RESERVED : OK;
    }

    private int pasidTranslations(long low, long high) {
        long scope = QueueDescriptors.SCOPE.get(low);
        int domain = (int) QueueDescriptors.DOMAIN.get(low);
        int pasid = (int) QueueDescriptors.PASID.get(low);
        int mask = (int) QueueDescriptors.ADDRESS_MASK.get(high);
        if (scope == ControlRegisters.DOMAIN && high == 0) {
            invalidations.translationsOfPasid(domain, pasid);
            return OK;
        }
        if (scope != ControlRegisters.SELECTIVE || mask > mostMask) {
            return RESERVED;
        }
        invalidations.pagesOfPasid(domain, pasid, QueueDescriptors.ADDRESS.address(high), mask);
        return OK;
    }

    /** Everything before it is done when it is reached. The status is written before the interrupt goes out. */
    private int await(long low, long high) {
        // Page requests are in the queue when they are made: there is nothing to drain.
        if (QueueDescriptors.WAIT_DRAIN.get(low) != 0 && CapabilityRegisters.PDS.get(ecap) == 0) {
            return RESERVED;
        }
        if (QueueDescriptors.WAIT_WRITE.get(low) != 0) {
            long address = QueueDescriptors.WAIT_ADDRESS.address(high);
            MemoryWindow window = statusWindow;
            if (!window.contains(address)) {
                window = memory.window(address);
                if (window == null || !window.isWritable()) {
                    return NO_INFORMATION;
                }
                statusWindow = memory.isLoaded() ? MemoryWindow.NOWHERE : window;
            }
            window.setInt(address, (int) QueueDescriptors.WAIT_STATUS.get(low));
        }
        if (QueueDescriptors.WAIT_INTERRUPT.get(low) != 0) {
            tell();
        }
        return OK;
    }

    private void tell() {
        synchronized (registers) {
            if ((registers.read32(COMPLETION) & WAIT_DONE) == 0) {
                registers.change(COMPLETION, WAIT_DONE, 0);
                completion.raise();
            }
        }
    }
}
