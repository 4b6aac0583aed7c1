// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.Polling;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/**
 * The command queue from the driver's side: commands, then a SYNC; once the unit has consumed it, all before it have taken effect
 * (section 4.7). Not thread-safe.
 */
final class CommandWriter {
    /** log2 of the bytes of the queue. */
    static final int PAGE_SHIFT = 12;
    private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(Command.BYTES);
    /** More commands than this for one range, and the whole address space is dropped instead. */
    private static final int MOST_COMMANDS = 64;
    private static final long MOST_PER_RANGE = 32;
    private static final int MOST_SCALE = 31;

    private static final int PROD = QueueRegisters.CMDQ_PROD.offset();
    private static final int CONS = QueueRegisters.CMDQ_CONS.offset();

    private final UnitPort port;
    private final RegisterPort registers;
    private final Ring ring;
    private final boolean ranges;
    private final boolean hypervisor;
    private long prod;
    /** How far the unit was when somebody looked last. */
    private long cons;

    /** @param page of the queue */
    CommandWriter(UnitPort port, PhysicalMemory memory, long page) {
        this.port = port;
        registers = port.raw();
        int log2 = (int) Math.min(PAGE_SHIFT - ENTRY_SHIFT, port.identity().get(IdRegisters.IDR1, IdRegisters.CMDQS));
        ring = Ring.withWrapBit(memory, page, log2, Command.BYTES);
        ranges = port.identity().get(IdRegisters.IDR3, IdRegisters.RIL) != 0;
        hypervisor = port.identity().get(IdRegisters.IDR0, IdRegisters.HYP) != 0;
    }

    /** The queue must be off. */
    void start() {
        prod = 0;
        cons = 0;
        port.write(QueueRegisters.CMDQ_BASE, ring.base() | QueueRegisters.LOG2SIZE.put(ring.log2Entries()));
        port.write(QueueRegisters.CMDQ_PROD, 0);
        port.write(QueueRegisters.CMDQ_CONS, 0);
        port.switchOn(ControlRegisters.COMMANDS_ENABLE);
    }

    /** Forgets all configuration and all translations. */
    void everything() {
        put(Command.CFGI_STE_RANGE.opcode(), Command.RANGE.put(Command.RANGE_ALL));
        if (hypervisor) {
            put(Command.TLBI_EL2_ALL.opcode(), 0);
        }
        put(Command.TLBI_NSNH_ALL.opcode(), 0);
        sync();
    }

    /** A stream table entry changed. */
    void stream(long streamId) {
        put(Command.CFGI_STE.opcode() | Command.SID.put(streamId), Command.LEAF.put(1));
        sync();
    }

    /** A context descriptor changed, or the table that leads to it. */
    void context(long streamId, int substream) {
        put(Command.CFGI_CD.opcode() | Command.SID.put(streamId) | Command.SSID.put(substream), 0);
        sync();
    }

    /** All translations of an address space of one stage. */
    void space(boolean first, int id) {
        putSpace(first, id);
        sync();
    }

    private void putSpace(boolean first, int id) {
        put(first ? Command.TLBI_NH_ASID.opcode() | Command.ASID.put(id) : Command.TLBI_S12_VMALL.opcode() | Command.VMID.put(id), 0);
    }

    /** Translations from {@code start} to {@code last}, by ranges where the unit has them (IDR3.RIL), else page by page, or the whole space. */
    void addresses(boolean first, int id, int granule, long start, long last) {
        putAddresses(first, id, granule, start, last);
        sync();
    }

    /** As {@link #addresses}, for ranges whose first and last addresses come by turns. */
    void addresses(boolean first, int id, int granule, long[] ranges, int count) {
        for (int i = 0; i < count; i++) {
            putAddresses(first, id, granule, ranges[2 * i], ranges[2 * i + 1]);
        }
        sync();
    }

    private void putAddresses(boolean first, int id, int granule, long start, long last) {
        long pages = (last >>> granule) - (start >>> granule) + 1;
        long low = first ? Command.TLBI_NH_VA.opcode() | Command.ASID.put(id) : Command.TLBI_S2_IPA.opcode() | Command.VMID.put(id);
        if (ranges ? pages <= 0 || pages >>> MOST_SCALE != 0 : Long.compareUnsigned(pages, MOST_COMMANDS) > 0) {
            putSpace(first, id);
            return;
        }
        long at = start & -1L << granule;
        long code = Command.GRANULE.put((granule - 10) / 2);
        for (long left = pages; left > 0;) {
            int scale = ranges ? Long.numberOfTrailingZeros(left) : 0;
            long count = ranges ? left >>> scale & MOST_PER_RANGE - 1 : 1;
            put(low | (ranges ? Command.NUM.put(count - 1) | Command.SCALE.put(scale) : 0), Command.ADDRESS.address(at) | (ranges ? code : 0));
            at += count << scale + granule;
            left -= count << scale;
        }
    }

    /** What stage 1 has translated for a virtual machine, over stage 2 too. */
    void guest(int vmid) {
        put(Command.TLBI_NH_ALL.opcode() | Command.VMID.put(vmid), 0);
        sync();
    }

    /** A command that takes effect by {@link #complete} at the latest. */
    void add(long low, long high) {
        put(low, high);
    }

    void complete() {
        sync();
    }

    private void put(long low, long high) {
        if (ring.isFull(cons, prod)) {
            makeRoom();
        }
        ring.put(prod, low, high);
        prod = ring.next(prod);
    }

    private void makeRoom() {
        if (ring.isFull(consumed(), prod)) {
            ring();
            Polling.await(() -> !ring.isFull(consumed(), prod) || failed(), "unit " + port.unit() + " did not consume its commands");
            check();
        }
    }

    private long consumed() {
        cons = QueueRegisters.INDEX.get(registers.read32(CONS));
        return cons;
    }

    private boolean failed() {
        return ControlRegisters.COMMAND_ERROR.get(port.errors()) != 0;
    }

    private void ring() {
        Ring.publish();
        registers.write32(PROD, (int) prod);
    }

    private void sync() {
        put(Command.SYNC.opcode(), 0);
        ring();
        if (consumed() != prod) {
            await();
        }
    }

    private void await() {
        Polling.await(() -> consumed() == prod || failed(), "unit " + port.unit() + " did not complete its commands");
        check();
    }

    /** The command that the unit refuses is overwritten by a SYNC, so that the queue goes on (section 7.1). */
    private void check() {
        if (!failed()) {
            return;
        }
        long cons = port.read(QueueRegisters.CMDQ_CONS);
        long refused = ring.word(QueueRegisters.INDEX.get(cons), 0);
        ring.put(QueueRegisters.INDEX.get(cons), Command.SYNC.opcode(), 0);
        port.acknowledgeErrors();
        throw new IommuException(Reason.IO, "unit " + port.unit() + " refused the command " + Command.of(refused) + ": "
                + QueueRegisters.ERROR.meaningOf(QueueRegisters.ERROR.get(cons)));
    }
}
