// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;

/** A unit that a test drives by itself, instruction by instruction, with numbers as docs/backends/zpci.md has them. */
final class Unit {
    static final int CLP = 0xb9a0;
    static final int RPCIT = 0xb9d3;
    static final int MPCIFC = 0xe3d0;
    static final int STPCIFC = 0xe3d4;
    static final int CHSC = 0xb25f;
    /** Where blocks lie. */
    static final long FIB = 0x2000;
    static final long CALL = 0x3000;
    static final long EVENT = 0x4000;

    final PhysicalMemory memory;
    final UnitContext context;
    final ZpciModel model;
    final RegisterPort port;
    /** The first operand after the last instruction. */
    long first;
    int exception;

    Unit(Functions functions) {
        this(functions, PhysicalMemory.allocate(Functions.RAM));
    }

    Unit(Functions functions, PhysicalMemory memory) {
        this.memory = memory;
        MachineDescription machine = functions.machine();
        context = new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of()));
        model = new ZpciModel(context);
        port = model.registers();
    }

    void put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeLong(address + 8L * i, Long.reverseBytes(words[i]));
        }
    }

    long word(long address) {
        return Long.reverseBytes(memory.readLong(address));
    }

    /** Condition code, or -1 after a program interruption. */
    int execute(int opcode, int registers, long one, long two, long three, long storage) {
        port.write64(0x10, one);
        port.write64(0x18, two);
        port.write64(0x20, three);
        port.write64(0x28, storage);
        port.write32(0x08, opcode << 16 | registers);
        int completion = port.read32(0x0c);
        first = port.read64(0x10);
        exception = completion >>> 8 & 0xff;
        return exception != 0 ? -1 : completion & 3;
    }

    int status() {
        return (int) (first >>> 24) & 0xff;
    }

    int modify(long handle, int operation) {
        return execute(MPCIFC, 0x10, handle << 32 | operation, 0, 0, FIB);
    }

    int register(long handle, long iota) {
        return register(handle, iota, Functions.FIRST, Functions.LAST);
    }

    int register(long handle, long iota, long pba, long pal) {
        put(FIB, 0, 0, pba, pal, iota, 0, 0, 0, 0, 0);
        return modify(handle, 4);
    }

    int registerInterrupts(long handle, long word, long aibv, long aisb) {
        put(FIB, 0, 0, 0, 0, 0, word << 32, aibv, aisb, 0, 0);
        return modify(handle, 2);
    }

    int refresh(long handle, long start, long bytes) {
        return execute(RPCIT, 0x12, handle << 32, start, bytes, 0);
    }

    /** Executes CLP; the response code. */
    int call(int command, long operand, int room) {
        put(CALL, 32L << 48 | (long) command << 32, 0, operand, 0, (long) room << 48);
        assertEquals(0, execute(CLP, 0x02, 0, CALL, 0, 0));
        return (int) (word(CALL + 32) >>> 32) & 0xffff;
    }

    long response(int word) {
        return word(CALL + 32 + 8L * word);
    }

    /** Handles in the order of the list. */
    List<Long> handles() {
        assertEquals(0x10, call(2, 0, 0x800));
        List<Long> handles = new ArrayList<>();
        long bytes = response(0) >>> 48;
        for (int at = 32; at < bytes; at += 16) {
            handles.add(response(at / 8 + 1) & 0xffff_ffffL);
        }
        return handles;
    }

    /** Enables the function; its new handle. */
    long enable(long handle) {
        assertEquals(0x10, call(5, handle << 32 | 1, 32));
        return response(2) >>> 32;
    }

    /** Enables the first function. */
    long enabled() {
        return enable(handles().get(0));
    }

    /** The oldest event's four words, or null. */
    long[] event() {
        put(EVENT, 0x0010_000e_0000_0000L, 1L << 61);
        assertEquals(0, execute(CHSC, 0x10, EVENT, 0, 0, 0));
        long response = word(EVENT + 16);
        if ((response >>> 32 & 0xffff) == 5) {
            return null;
        }
        assertEquals("stored, notification type 2", 0x1_0000_0002L, response & 0xffff_ffff_00ffL);
        assertEquals("content", 1, word(EVENT + 24) >>> 32 & 0xff);
        return new long[] {word(EVENT + 80), word(EVENT + 88), word(EVENT + 96), word(EVENT + 104)};
    }

    /** The code of the only event. */
    int code() {
        long[] event = event();
        assertEquals("no second event", null, event());
        return (int) event[3] & 0xffff;
    }

    void recover(long handle) {
        put(FIB, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertEquals(0, modify(handle, 9));
        assertEquals(0, modify(handle, 7));
    }

    long translate(int fid, long iova, int permission) {
        return model.translate(fid, TranslationRequest.NO_PASID, iova, permission);
    }

    long read(long iova) {
        return translate(Functions.FID, iova, 1);
    }

    long write(long iova) {
        return translate(Functions.FID, iova, 2);
    }
}
