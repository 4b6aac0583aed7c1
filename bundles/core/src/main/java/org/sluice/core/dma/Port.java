// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.dma;

import java.util.Arrays;

import org.sluice.api.InterruptMessage;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.dma.DmaPort;
import org.sluice.core.interrupt.Interrupts;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitModel;

/**
 * A device behind a unit. A transfer is one section of the gate, so what it finds in the slot stays until it is done; it is translated
 * piece by piece, because a translation tells nothing about the next page.
 */
final class Port implements DmaPort {
    /** No unit here has smaller pages. */
    private static final int PIECE = 1 << 11;
    /** A translation that a model did not survive: no address and no fault code, and as a result {@link #BLOCKED}. */
    private static final long BROKEN = Long.MIN_VALUE | BLOCKED;
    /** What a read returns where nothing answers, as on PCI. */
    private static final byte NOTHING = (byte) 0xff;

    private final UnitSlot slot;
    private final int stripe;
    private final DeviceId device;
    private final int requester;
    private final int pasid;
    private final PhysicalMemory memory;
    private final Interrupts interrupts;
    private final MachineSpaces spaces;
    private MemoryWindow window = MemoryWindow.NOWHERE;
    private final byte[] word = new byte[Integer.BYTES];

    Port(UnitSlot slot, DeviceId device, int requester, int pasid, PhysicalMemory memory, Interrupts interrupts, MachineSpaces spaces) {
        this.slot = slot;
        this.device = device;
        this.stripe = slot.gate().stripe();
        this.requester = requester;
        this.pasid = pasid;
        this.memory = memory;
        this.interrupts = interrupts;
        this.spaces = spaces;
    }

    @Override
    public int read(long iova, byte[] into, int offset, int length) {
        slot.gate().enter(stripe);
        try {
            LiveUnit unit = slot.live();
            int done = 0;
            int result = unit == null ? BLOCKED : OK;
            while (result == OK && done < length) {
                long at = iova + done;
                int piece = piece(at, length - done);
                long target = ask(unit, at, Permissions.READ);
                result = target < 0 && target != UnitModel.PASS_THROUGH ? (int) target : isMessage(unit, at, 1) ? NO_MEMORY
                        : load(target == UnitModel.PASS_THROUGH ? at : target, into, offset + done, piece);
                done += result == OK ? piece : 0;
            }
            if (result != OK) {
                Arrays.fill(into, offset + done, offset + length, NOTHING);
            }
            return result;
        } finally {
            slot.gate().leave(stripe);
        }
    }

    @Override
    public int write(long iova, byte[] from, int offset, int length) {
        slot.gate().enter(stripe);
        try {
            LiveUnit unit = slot.live();
            if (unit == null) {
                return BLOCKED;
            }
            if (isMessage(unit, iova, length)) {
                return forge(unit, iova, from, offset, length);
            }
            int done = 0;
            int result = OK;
            while (result == OK && done < length) {
                long at = iova + done;
                int piece = piece(at, length - done);
                long target = ask(unit, at, Permissions.WRITE);
                result = target < 0 && target != UnitModel.PASS_THROUGH ? (int) target : isMessage(unit, at, 1) ? NO_MEMORY
                        : store(target == UnitModel.PASS_THROUGH ? at : target, from, offset + done, piece);
                if (result == INTERRUPT) {
                    interrupts.forged(device, at, word(from, offset + done));
                }
                done += result == OK ? piece : 0;
            }
            return result;
        } finally {
            slot.gate().leave(stripe);
        }
    }

    private static int piece(long at, int most) {
        return Math.min(most, PIECE - (int) (at & PIECE - 1));
    }

    private static boolean isMessage(LiveUnit unit, long iova, int length) {
        MessageRouting messages = unit.capabilities().messages();
        AddressRange window = messages.window();
        return messages.route() != MessageRouting.Route.TRANSLATED && window.contains(iova) && window.contains(iova + length - 1);
    }

    /** Data written to where messages go: what looks like one raises an interrupt (MSI-02), the rest is lost; memory is never reached. */
    private int forge(LiveUnit unit, long iova, byte[] from, int offset, int length) {
        boolean looksSo = length == Integer.BYTES && (iova & Integer.BYTES - 1) == 0 && pasid < 0;
        int taken = looksSo ? offer(unit, iova, word(from, offset)) : OK;
        if (taken == INTERRUPT) {
            interrupts.forged(device, iova, word(from, offset));
        }
        if (taken != OK) {
            return taken;
        }
        long target = ask(unit, iova, Permissions.WRITE);
        if (target < 0 && target != UnitModel.PASS_THROUGH) {
            return (int) target;
        }
        long address = target == UnitModel.PASS_THROUGH ? iova : target;
        if (looksSo && interrupts.isDoorbell(address) && interrupts.ring(requester, address, word(from, offset))) {
            interrupts.forged(device, iova, word(from, offset));
            return INTERRUPT;
        }
        return NO_MEMORY;
    }

    private static int word(byte[] bytes, int offset) {
        return bytes[offset] & 0xff | (bytes[offset + 1] & 0xff) << 8 | (bytes[offset + 2] & 0xff) << 16 | bytes[offset + 3] << 24;
    }

    @Override
    public int message(long address, int data) {
        slot.gate().enter(stripe);
        try {
            return send(address, data);
        } finally {
            slot.gate().leave(stripe);
        }
    }

    @Override
    public int raise(int index) {
        slot.gate().enter(stripe);
        try {
            InterruptMessage message = interrupts.message(requester, index);
            return message == null ? NO_MEMORY : send(message.address(), message.data());
        } finally {
            slot.gate().leave(stripe);
        }
    }

    private int send(long address, int data) {
        LiveUnit unit = slot.live();
        if (unit == null) {
            return BLOCKED;
        }
        int taken = offer(unit, address, data);
        if (taken != OK) {
            return taken;
        }
        long target = ask(unit, address, Permissions.WRITE);
        if (target < 0 && target != UnitModel.PASS_THROUGH) {
            return (int) target;
        }
        for (int i = 0; i < Integer.BYTES; i++) {
            word[i] = (byte) (data >>> Byte.SIZE * i);
        }
        return store(target == UnitModel.PASS_THROUGH ? address : target, word, 0, Integer.BYTES);
    }

    @Override
    public long translate(long iova, int permission) {
        slot.gate().enter(stripe);
        try {
            LiveUnit unit = slot.live();
            if (unit == null) {
                return NO_TRANSLATION;
            }
            long target = ask(unit, iova, permission);
            return target == UnitModel.PASS_THROUGH ? iova : target == BROKEN ? NO_TRANSLATION : target;
        } finally {
            slot.gate().leave(stripe);
        }
    }

    /** Whether the unit takes a write for a message: {@link #INTERRUPT}, or {@link #OK} if it is a write like any other; a model that breaks lets nothing through. */
    private int offer(LiveUnit unit, long address, int data) {
        try {
            return unit.model().interrupt(requester, address, data) ? INTERRUPT : OK;
        } catch (RuntimeException | Error e) {
            spaces.brokeUnderDma(slot, unit, e);
            return BLOCKED;
        }
    }

    /** Where the access goes, or why nowhere; a model that breaks lets nothing through. */
    private long ask(LiveUnit unit, long iova, int permission) {
        try {
            return unit.model().translate(requester, pasid, iova, permission);
        } catch (RuntimeException | Error e) {
            spaces.brokeUnderDma(slot, unit, e);
            return BROKEN;
        }
    }

    private int load(long address, byte[] into, int offset, int length) {
        // Registers of a controller are not memory, even where the machine's RAM is laid over them.
        if (interrupts.isDoorbell(address) || !find(address)) {
            return NO_MEMORY;
        }
        window.get(address, into, offset, length);
        return OK;
    }

    private int store(long address, byte[] from, int offset, int length) {
        if (interrupts.isDoorbell(address)) {
            return length == Integer.BYTES && (address & Integer.BYTES - 1) == 0 && interrupts.ring(requester, address, word(from, offset)) ? INTERRUPT : NO_MEMORY;
        }
        if (!find(address) || !window.isWritable()) {
            return NO_MEMORY;
        }
        window.put(address, from, offset, length);
        return OK;
    }

    /** A piece never straddles windows: they are whole pages. */
    private boolean find(long address) {
        if (window.contains(address)) {
            return true;
        }
        MemoryWindow found = memory.window(address);
        window = found == null ? MemoryWindow.NOWHERE : found;
        return found != null;
    }
}
