// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** zPCI by its instructions, through the block that stands for a processor (docs/backends/zpci.md; sheet sections 1, 2, 6 and 7). Big-endian. */
final class ZpciSoftware implements UnitSoftware {
    private static final int INSTRUCTION = 0x08;
    private static final int COMPLETION = 0x0c;
    private static final int OPERAND_1 = 0x10;
    private static final int OPERAND_2 = 0x18;
    private static final int OPERAND_3 = 0x20;
    private static final int STORAGE = 0x28;

    private static final int CLP = 0xb9a0;
    private static final int MPCIFC = 0xe3d0;
    private static final int CHSC = 0xb25f;
    private static final int LIST = 2;
    private static final int SET_FUNCTION = 5;
    private static final int DISABLE = 1;
    private static final int REGISTER_TRANSLATION = 4;
    private static final int OK = 0x10;
    private static final long ENABLED = 0x8000_0000L;
    private static final int REQUEST_BYTES = 32;
    private static final int LIST_BYTES = 32;
    private static final int ENTRY_BYTES = 16;
    private static final int EVENT_AT = 80;
    private static final int EVENT_WORDS = 4;
    private static final int NO_EVENT = 5;
    private static final int PAGE = 4096;
    private static final long LOW = 0xffff_ffffL;

    private final RegisterPort registers;
    private final PhysicalMemory memory;
    private final long fib;
    private final long call;
    private final long events;
    private final int function;

    ZpciSoftware(RegisterPort registers, PhysicalMemory memory, long space, int function) {
        this.registers = registers;
        this.memory = memory;
        this.function = function;
        fib = space;
        call = space + PAGE;
        events = space + 2 * PAGE;
    }

    /** Disables the function, which forgets everything, and registers the anchor with it anew. */
    @Override
    public void use(Map<String, Long> structures) {
        long handle = handle();
        if ((handle & ENABLED) != 0) {
            handle = set(handle, DISABLE);
        }
        handle = set(handle, 0);
        put(fib, 0, 0, structures.get("PBA"), structures.get("PAL"), structures.get("IOTA"), 0, 0, 0, 0, 0);
        int completion = execute(MPCIFC, 0x10, handle << 32 | REGISTER_TRANSLATION, 0, 0, fib);
        if (completion != 0) {
            throw new IommuException(Reason.UNSUPPORTED, "the anchor cannot be registered: completion 0x" + Integer.toHexString(completion));
        }
        while (!records().isEmpty()) {
            // Older than this anchor.
        }
    }

    private void put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeLong(address + (long) i * Long.BYTES, Long.reverseBytes(words[i]));
        }
    }

    private long word(long address) {
        return Long.reverseBytes(memory.readLong(address));
    }

    private int execute(int opcode, int numbers, long one, long two, long three, long storage) {
        registers.write64(OPERAND_1, one);
        registers.write64(OPERAND_2, two);
        registers.write64(OPERAND_3, three);
        registers.write64(STORAGE, storage);
        registers.write32(INSTRUCTION, opcode << 16 | numbers);
        return registers.read32(COMPLETION);
    }

    private void call(int command, long operand, int room) {
        put(call, (long) REQUEST_BYTES << 48 | (long) command << 32, 0, operand, 0, (long) room << 48);
        int completion = execute(CLP, 0x02, 0, call, 0, 0);
        int response = (int) (word(call + REQUEST_BYTES) >>> 32) & 0xffff;
        if (completion != 0 || response != OK) {
            throw new IommuException(Reason.UNSUPPORTED, "CLP command " + command + " ends with 0x" + Integer.toHexString(response));
        }
    }

    private long handle() {
        call(LIST, 0, PAGE / 2);
        long bytes = word(call + REQUEST_BYTES) >>> 48;
        for (int at = LIST_BYTES; at < bytes; at += ENTRY_BYTES) {
            long entry = word(call + REQUEST_BYTES + at + Long.BYTES);
            if ((int) (entry >>> 32) == function) {
                return entry & LOW;
            }
        }
        throw new IommuException(Reason.NOT_FOUND, "there is no function 0x" + Integer.toHexString(function));
    }

    private long set(long handle, int operation) {
        call(SET_FUNCTION, handle << 32 | (long) operation << 8 | (operation == DISABLE ? 0 : 1), REQUEST_BYTES);
        return word(call + REQUEST_BYTES + 2 * Long.BYTES) >>> 32;
    }

    @Override
    public void open() {
        throw new IommuException(Reason.UNSUPPORTED, "a function without an anchor does no DMA");
    }

    @Override
    public void forgetRequester(int requester, int domain) {
        throw new IommuException(Reason.UNSUPPORTED, "the group of this function asks for no refresh");
    }

    @Override
    public void forgetDomain(int domain) {
        forgetRequester(function, domain);
    }

    @Override
    public void forgetPages(int domain, long iova, int order) {
        forgetRequester(function, domain);
    }

    /** The error block; the handle in it is the unit's own choice and reads as zero. */
    @Override
    public List<long[]> records() {
        List<long[]> found = new ArrayList<>();
        put(events, 0x0010_000e_0000_0000L, 1L << 61);
        execute(CHSC, 0x10, events, 0, 0, 0);
        if ((word(events + 2 * Long.BYTES) >>> 32 & 0xffff) != NO_EVENT) {
            long[] record = new long[EVENT_WORDS];
            for (int i = 0; i < record.length; i++) {
                record[i] = word(events + EVENT_AT + (long) i * Long.BYTES);
            }
            record[0] &= ~LOW;
            found.add(record);
        }
        return found;
    }

    @Override
    public int code(long[] record) {
        return (int) record[3] & 0xffff;
    }
}
