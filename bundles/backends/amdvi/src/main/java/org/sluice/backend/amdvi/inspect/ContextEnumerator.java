// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.lookup.GuestRoots;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.spi.RequesterContext;

/**
 * Visits every requester that the device table knows, and each of its PASIDs. The table has an entry for every DeviceID, so an entry
 * that says no more than its neighbours does not count: all zero, or the block that drivers fill the table with before they know a
 * device.
 */
final class ContextEnumerator {
    /** Far above any real machine's; keeps an image made in bad faith from listing one GCR3 table under each device for hours. */
    private static final int MAX_PASID_CONTEXTS = 1 << 20;
    /** V=1, TV=1, Mode=0, no permission; interrupts aborted. */
    private static final long[] BLOCKED = {DeviceTableEntry.VALID.put(1) | DeviceTableEntry.TRANSLATION_VALID.put(1), 0,
            DeviceTableEntry.INTERRUPT_VALID.put(1), 0};

    private final Subject subject;
    private final ContextReporter reporter;
    private final GuestRoots roots;
    private final Map<List<Long>, List<Integer>> pasidsOfTable = new HashMap<>();
    private int pasidContexts;

    ContextEnumerator(Subject subject, ContextReporter reporter) {
        this.subject = subject;
        this.reporter = reporter;
        this.roots = new GuestRoots(subject.memory());
    }

    void visit(Consumer<RequesterContext> out) {
        visitDevices((deviceId, dte) -> {
            DeviceId device = subject.device(deviceId);
            out.accept(reporter.report(device, TranslationRequest.NO_PASID));
            for (int pasid : dte == null ? List.<Integer>of() : pasids(dte)) {
                if (pasidContexts++ < MAX_PASID_CONTEXTS) {
                    out.accept(reporter.report(device, pasid));
                }
            }
        }, page -> { });
    }

    /** Takes DeviceIDs in ascending order, with their entries; null if the image does not hold it. */
    @FunctionalInterface
    interface DeviceVisitor {
        void device(int deviceId, Structure dte);
    }

    /** Takes the DeviceID at which a page begins that the image does not hold. */
    void visitDevices(DeviceVisitor visitor, IntConsumer missingPage) {
        UnitState state = subject.state();
        for (int segment = 0; segment < state.segments(); segment++) {
            int first = state.firstDevice(segment);
            if (!state.knows(UnitState.segmentRegister(segment))) {
                known(first, (1 << 16) / state.segments(), visitor);
                continue;
            }
            int perPage = AmdVi.PAGE_BYTES / DeviceTableEntry.BYTES;
            for (int id = first; id < first + state.entries(segment); id += perPage) {
                if (state.knowsSegment(id)) {
                    page(id, perPage, visitor, missingPage);
                } else {
                    known(id, perPage, visitor);
                }
            }
        }
    }

    private void page(int first, int count, DeviceVisitor visitor, IntConsumer missingPage) {
        Presence presence = subject.memory().presence(subject.state().entryAddress(first), AmdVi.PAGE_BYTES);
        if (presence == Presence.UNKNOWN) {
            missingPage.accept(first);
            known(first, count, visitor);
        }
        for (int id = first; presence == Presence.PRESENT && id < first + count; id++) {
            if (isConfigured(subject.state().entryAddress(id))) {
                visitor.device(id, Structure.read(subject.memory(), DeviceTableEntry.LAYOUT, subject.state().entryAddress(id)));
            }
        }
    }

    private boolean isConfigured(long address) {
        boolean zero = true;
        boolean blocked = true;
        for (int word = 0; word < BLOCKED.length; word++) {
            long value = subject.memory().readLong(address + (long) word * Long.BYTES);
            zero &= value == 0;
            blocked &= value == BLOCKED[word] || value == 0 && word == 2;
        }
        return !zero && !blocked;
    }

    private void known(int first, int count, DeviceVisitor visitor) {
        subject.machine().devices().stream().filter(d -> subject.unit().equals(d.unit())).map(DeviceDescription::device)
                .mapToInt(subject::deviceId).filter(id -> id >= first && id < first + count).sorted().distinct()
                .forEach(id -> visitor.device(id, null));
    }

    /** PASIDs that requests of a device may name; devices of one domain share a GCR3 table, which is read once. */
    List<Integer> pasids(Structure dte) {
        boolean guests = dte.is(DeviceTableEntry.VALID) && dte.is(DeviceTableEntry.TRANSLATION_VALID) && dte.is(DeviceTableEntry.GUEST_VALID)
                && subject.state().control(ControlRegisters.GUEST_ENABLED) != 0;
        // The two words of the DMA half name the tables.
        return guests ? pasidsOfTable.computeIfAbsent(List.copyOf(dte.words().subList(0, 2)), key -> roots.pasids(dte, MAX_PASID_CONTEXTS))
                : List.of();
    }
}
