// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** SMMUv3 by its registers, command and event queue (sheet sections 1, 2, 6 and 7). */
final class Smmuv3Software implements UnitSoftware {
    private static final int IDR0 = 0x00;
    private static final int CR0 = 0x20;
    private static final int CR0ACK = 0x24;
    private static final int CR2 = 0x2c;
    private static final int STRTAB_BASE = 0x80;
    private static final int STRTAB_BASE_CFG = 0x88;
    private static final int CMDQ_BASE = 0x90;
    private static final int CMDQ_PROD = 0x98;
    private static final int CMDQ_CONS = 0x9c;
    private static final int EVENTQ_BASE = 0xa0;
    private static final int EVENTQ_PROD = 0x1_00a8;
    private static final int EVENTQ_CONS = 0x1_00ac;

    private static final int QUEUES_ON = 0b1100;
    private static final int SMMUEN = 1;
    /** RECINVSID, PTM. */
    private static final int RECORD_STREAMS = 0b110;
    private static final int S2P = 1;
    private static final int ORDER = 8;
    private static final int INDEX = (1 << ORDER) - 1;
    private static final int WRAP = (1 << ORDER + 1) - 1;
    private static final int COMMAND = 16;
    private static final int EVENT_WORDS = 4;
    private static final int EVENT = EVENT_WORDS * Long.BYTES;

    private static final long CFGI_STE = 0x03;
    private static final long CFGI_ALL = 0x04;
    private static final long CFGI_CD_ALL = 0x06;
    private static final long TLBI_NH_ALL = 0x10;
    private static final long TLBI_NH_VA = 0x12;
    private static final long TLBI_S12_VMALL = 0x28;
    private static final long TLBI_NSNH_ALL = 0x30;
    private static final long SYNC = 0x46;
    private static final int STREAM_AT = 32;
    private static final int VMID_AT = 32;
    private static final int ASID_AT = 48;
    private static final int PAGE_SHIFT = 12;

    private final RegisterPort registers;
    private final PhysicalMemory memory;
    private final long commands;
    private final long events;
    private final boolean stage2;
    private int produced;
    private int consumed;

    Smmuv3Software(RegisterPort registers, PhysicalMemory memory, long space) {
        this.registers = registers;
        this.memory = memory;
        commands = space;
        events = space + (1 << 16);
        stage2 = (registers.read32(IDR0) & S2P) != 0;
        enable(0);
        registers.write64(CMDQ_BASE, commands | ORDER);
        registers.write32(CMDQ_PROD, 0);
        registers.write32(CMDQ_CONS, 0);
        registers.write64(EVENTQ_BASE, events | ORDER);
        registers.write32(EVENTQ_PROD, 0);
        registers.write32(EVENTQ_CONS, 0);
        registers.write32(CR2, RECORD_STREAMS);
        enable(QUEUES_ON);
    }

    private void enable(int bits) {
        registers.write32(CR0, bits);
        Polling.until(() -> registers.read32(CR0ACK) == bits, "CR0ACK does not follow CR0");
    }

    @Override
    public void use(Map<String, Long> structures) {
        enable(QUEUES_ON);
        registers.write64(STRTAB_BASE, structures.get("STRTAB_BASE"));
        registers.write32(STRTAB_BASE_CFG, structures.get("STRTAB_BASE_CFG").intValue());
        put(CFGI_ALL, 31);
        put(TLBI_NSNH_ALL, 0);
        complete();
        enable(QUEUES_ON | SMMUEN);
        records();
    }

    @Override
    public void open() {
        enable(QUEUES_ON);
    }

    private void put(long low, long high) {
        long at = commands + (long) (produced & INDEX) * COMMAND;
        memory.writeLong(at, low);
        memory.writeLong(at + Long.BYTES, high);
        produced = produced + 1 & WRAP;
    }

    private void complete() {
        put(SYNC, 0);
        registers.write32(CMDQ_PROD, produced);
        Polling.until(() -> (registers.read32(CMDQ_CONS) & WRAP) == produced, "the command queue stands");
    }

    @Override
    public void forgetRequester(int requester, int domain) {
        put(CFGI_STE | (long) requester << STREAM_AT, 1);
        put(CFGI_CD_ALL | (long) requester << STREAM_AT, 0);
        forgetDomain(domain);
    }

    /** @param domain ASID, and above it the VMID */
    @Override
    public void forgetDomain(int domain) {
        // Not by ASID: that leaves global entries.
        put(TLBI_NH_ALL | (long) (domain >>> 16) << VMID_AT, 0);
        if (stage2) {
            put(TLBI_S12_VMALL | (long) (domain >>> 16) << VMID_AT, 0);
        }
        complete();
    }

    private static long tags(int domain) {
        return (long) (domain & 0xffff) << ASID_AT | (long) (domain >>> 16) << VMID_AT;
    }

    /** By pages of 4 KiB, one command each up to a bound, else the whole domain. */
    @Override
    public void forgetPages(int domain, long iova, int order) {
        put(TLBI_NH_VA | tags(domain), iova & -1L << PAGE_SHIFT + order);
        complete();
    }

    @Override
    public List<long[]> records() {
        List<long[]> found = new ArrayList<>();
        int end = registers.read32(EVENTQ_PROD) & WRAP;
        while (consumed != end) {
            long at = events + (long) (consumed & INDEX) * EVENT;
            long[] record = new long[EVENT_WORDS];
            for (int i = 0; i < EVENT_WORDS; i++) {
                record[i] = memory.readLong(at + (long) i * Long.BYTES);
            }
            found.add(record);
            consumed = consumed + 1 & WRAP;
        }
        if (!found.isEmpty()) {
            registers.write32(EVENTQ_CONS, consumed);
        }
        return found;
    }

    @Override
    public int code(long[] record) {
        return (int) record[0] & 0xff;
    }
}
