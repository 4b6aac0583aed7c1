// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongPredicate;

import org.sluice.machine.RegisterPort;

/** The block of a unit that sometimes answers as told instead of executing: every condition code and status a driver may meet. */
final class ScriptedPort implements RegisterPort {
    private static final int FIRST = 0x10;
    private static final int INSTRUCTION = 0x08;
    private static final int COMPLETION = 0x0c;

    /** @param when the first operand for which it holds; times, how often it does */
    private record Script(int opcode, LongPredicate when, int condition, int status, int times) {
    }

    private final RegisterPort port;
    private final Deque<Script> scripts = new ArrayDeque<>();
    /** Opcode and, for MPCIFC, operation of each instruction that was executed or answered. */
    final List<String> executed = new ArrayList<>();
    private boolean answered;
    private int completion;
    private long first;

    ScriptedPort(RegisterPort port) {
        this.port = port;
    }

    /** The next {@code times} such instructions end so, without effect. */
    ScriptedPort answer(int opcode, LongPredicate when, int condition, int status, int times) {
        scripts.add(new Script(opcode, when, condition, status, times));
        return this;
    }

    ScriptedPort operation(int operation, int condition, int status, int times) {
        return answer(Unit.MPCIFC, f -> (f & 0xff) == operation, condition, status, times);
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return port.isKnown(offset, bytes);
    }

    @Override
    public int read32(int offset) {
        return answered && offset == COMPLETION ? completion : port.read32(offset);
    }

    @Override
    public long read64(int offset) {
        return answered && offset == FIRST ? first : port.read64(offset);
    }

    @Override
    public void write32(int offset, int value) {
        if (offset != INSTRUCTION) {
            port.write32(offset, value);
            return;
        }
        int opcode = value >>> 16;
        long operand = port.read64(FIRST);
        executed.add(Integer.toHexString(opcode) + (opcode == Unit.MPCIFC ? "." + (operand & 0xff) : ""));
        Script script = scripts.peek();
        answered = script != null && script.opcode == opcode && script.when.test(operand);
        if (!answered) {
            port.write32(offset, value);
            return;
        }
        scripts.remove();
        if (script.times > 1) {
            scripts.addFirst(new Script(opcode, script.when, script.condition, script.status, script.times - 1));
        }
        completion = script.condition;
        first = operand & ~0xff00_0000L | (long) script.status << 24;
    }

    @Override
    public void write64(int offset, long value) {
        port.write64(offset, value);
    }

    boolean isDone() {
        return scripts.isEmpty();
    }
}
