// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** AMD-Vi by its registers, command buffer and event log (sheet sections 1, 2, 6 and 7). */
final class AmdViSoftware implements UnitSoftware {
    private static final int DEV_TAB_BASE = 0x00;
    private static final int CMD_BUF_BASE = 0x08;
    private static final int EVT_LOG_BASE = 0x10;
    private static final int CONTROL = 0x18;
    private static final int CMD_HEAD = 0x2000;
    private static final int CMD_TAIL = 0x2008;
    private static final int EVT_HEAD = 0x2010;
    private static final int EVT_TAIL = 0x2018;
    private static final int STATUS = 0x2020;

    private static final long IOMMU_EN = 1;
    private static final long EVENT_LOG_EN = 1 << 2;
    private static final long CMD_BUF_EN = 1 << 12;
    /** EventOverflow, EventLogInt, ComWaitInt. */
    private static final long LOG_STATES = 0b111;
    private static final long COMMANDS_RUN = 1 << 4;
    private static final int LENGTH_AT = 56;
    private static final int COMMAND_LENGTH = 8;
    /** QEMU does not wrap its log, so it is long and begun again with every set of tables. */
    private static final int EVENT_LENGTH = 15;
    private static final int ENTRY = 16;
    private static final int COMMANDS = ENTRY << COMMAND_LENGTH;
    private static final int EVENTS = ENTRY << EVENT_LENGTH;

    private static final int OPCODE_AT = 60;
    private static final long WAIT = 1;
    private static final long DEVICE = 2;
    private static final long PAGES = 3;
    private static final long ALL = 8;
    private static final long STORE = 1;
    private static final long DIRECTORIES = 2;
    private static final long EVERYTHING = 0x7fff_ffff_ffff_f000L | 1;
    private static final int DOMAIN_AT = 32;
    private static final int PAGE_SHIFT = 12;

    private final RegisterPort registers;
    private final PhysicalMemory memory;
    private final int requester;
    private final long commands;
    private final long status;
    private final long events;
    private long tail;
    private long head;
    private long number;

    AmdViSoftware(RegisterPort registers, PhysicalMemory memory, long space, int requester) {
        this.registers = registers;
        this.memory = memory;
        this.requester = requester;
        commands = space;
        status = space + COMMANDS;
        events = space + EVENTS;
        registers.write64(CONTROL, 0);
        registers.write64(CMD_BUF_BASE, commands | (long) COMMAND_LENGTH << LENGTH_AT);
        registers.write64(CMD_HEAD, 0);
        registers.write64(CMD_TAIL, 0);
    }

    @Override
    public void use(Map<String, Long> structures) {
        clearLog();
        registers.write64(DEV_TAB_BASE, structures.get("DEV_TAB_BASE"));
        registers.write64(CONTROL, CMD_BUF_EN | EVENT_LOG_EN | IOMMU_EN);
        put(ALL << OPCODE_AT, 0);
        // The emulated unit puts itself before a device only when that device's entry is invalidated.
        put(DEVICE << OPCODE_AT | requester, 0);
        complete();
    }

    private void clearLog() {
        registers.write64(CONTROL, CMD_BUF_EN);
        while (memory.readLong(events + head) != 0) {
            clear();
        }
        registers.write64(STATUS, LOG_STATES);
        registers.write64(EVT_LOG_BASE, events | (long) EVENT_LENGTH << LENGTH_AT);
        registers.write64(EVT_HEAD, 0);
        registers.write64(EVT_TAIL, 0);
        for (head = 0; memory.readLong(events + head) != 0;) {
            clear();
        }
        head = 0;
    }

    private void clear() {
        memory.writeLong(events + head, 0);
        memory.writeLong(events + head + Long.BYTES, 0);
        head = (head + ENTRY) % EVENTS;
    }

    @Override
    public void open() {
        registers.write64(CONTROL, CMD_BUF_EN);
    }

    private void put(long low, long high) {
        memory.writeLong(commands + tail, low);
        memory.writeLong(commands + tail + Long.BYTES, high);
        tail = (tail + ENTRY) % COMMANDS;
    }

    private void complete() {
        number++;
        put(WAIT << OPCODE_AT | status | STORE, number);
        registers.write64(CMD_TAIL, tail);
        // The head is no measure: the emulated unit shows the buffer size there before it wraps.
        Polling.until(() -> (registers.read64(STATUS) & COMMANDS_RUN) != 0 && memory.readLong(status) == number, "the command buffer stands");
    }

    @Override
    public void forgetRequester(int requester, int domain) {
        put(DEVICE << OPCODE_AT | requester, 0);
        forgetDomain(domain);
    }

    @Override
    public void forgetDomain(int domain) {
        put(PAGES << OPCODE_AT | (long) domain << DOMAIN_AT, EVERYTHING | DIRECTORIES);
        complete();
    }

    /** A range is told by the lowest zero bit of the address from bit 12 on. */
    @Override
    public void forgetPages(int domain, long iova, int order) {
        long page = iova & -1L << PAGE_SHIFT + order;
        long range = order == 0 ? 0 : ((1L << order - 1) - 1) << PAGE_SHIFT | 1;
        put(PAGES << OPCODE_AT | (long) domain << DOMAIN_AT, page | range | DIRECTORIES);
        complete();
    }

    /** By what is in the log: the emulated unit writes records without moving the tail that software sees. */
    @Override
    public List<long[]> records() {
        List<long[]> found = new ArrayList<>();
        registers.read64(EVT_TAIL);
        while (memory.readLong(events + head) != 0) {
            found.add(new long[] {memory.readLong(events + head), memory.readLong(events + head + Long.BYTES)});
            clear();
        }
        if (!found.isEmpty()) {
            registers.write64(EVT_HEAD, head);
        }
        return found;
    }

    @Override
    public int code(long[] record) {
        return (int) (record[0] >>> OPCODE_AT);
    }
}
