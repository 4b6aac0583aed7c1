// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** VT-d by its registers and its invalidation queue (sheet sections 1, 2, 6 and 7); 256-bit descriptors where tables are scalable. */
final class VtdSoftware implements UnitSoftware {
    private static final int CAP = 0x08;
    private static final int GCMD = 0x18;
    private static final int GSTS = 0x1c;
    private static final int RTADDR = 0x20;
    private static final int FSTS = 0x34;
    private static final int IQH = 0x80;
    private static final int IQT = 0x88;
    private static final int IQA = 0x90;
    private static final int WIDE = 1 << 11;

    private static final int TE = 1 << 31;
    private static final int SRTP = 1 << 30;
    private static final int QIE = 1 << 26;
    private static final long SCALABLE = 1L << 10;
    private static final long CONTEXT_CACHE = 1;
    private static final long IOTLB = 2;
    private static final long WAIT = 5 | 1 << 5;
    private static final long PASID_CACHE = 7;
    private static final long GLOBAL = 1 << 4;
    private static final long DOMAIN = 2 << 4;
    private static final long SELECTIVE = 3 << 4;
    private static final int DOMAIN_AT = 16;
    private static final int SOURCE_AT = 32;
    private static final int PAGE = 4096;
    private static final int RECORD_BYTES = 16;
    private static final int OVERFLOW = 1;

    private final RegisterPort registers;
    private final PhysicalMemory memory;
    private final long queue;
    private final long status;
    private final int records;
    private final int recordCount;
    private int next;
    private boolean wide;
    private boolean queueOn;
    private long tail;
    private int number;

    VtdSoftware(RegisterPort registers, PhysicalMemory memory, long space) {
        this.registers = registers;
        this.memory = memory;
        queue = space;
        status = space + PAGE;
        long cap = registers.read64(CAP);
        records = (int) (cap >>> 24 & 0x3ff) * RECORD_BYTES;
        recordCount = (int) (cap >>> 40 & 0xff) + 1;
    }

    @Override
    public void use(Map<String, Long> structures) {
        long roots = structures.get("RTADDR");
        registers.write64(RTADDR, roots);
        command(SRTP, 0);
        queue((roots & SCALABLE) != 0);
        put(CONTEXT_CACHE | GLOBAL, 0);
        if (wide) {
            put(PASID_CACHE | SELECTIVE, 0);
        }
        put(IOTLB | GLOBAL, 0);
        complete();
        command(TE, 0);
        forgetRecords();
    }

    private void forgetRecords() {
        while (!records().isEmpty()) {
            // Older than these structures.
        }
    }

    private void queue(boolean is256) {
        if (queueOn && wide == is256) {
            return;
        }
        if (queueOn) {
            command(0, QIE);
        }
        wide = is256;
        tail = 0;
        registers.write64(IQT, 0);
        registers.write64(IQA, queue | (wide ? WIDE : 0));
        command(QIE, 0);
        queueOn = true;
    }

    @Override
    public void open() {
        command(0, TE);
    }

    private void command(int on, int off) {
        int kept = registers.read32(GSTS) & (TE | QIE);
        registers.write32(GCMD, (kept | on) & ~off);
        Polling.until(() -> (registers.read32(GSTS) & (on | off)) == on, "GSTS does not follow GCMD");
    }

    private void put(long low, long high) {
        memory.writeLong(queue + tail, low);
        memory.writeLong(queue + tail + Long.BYTES, high);
        if (wide) {
            memory.writeLong(queue + tail + 2 * Long.BYTES, 0);
            memory.writeLong(queue + tail + 3 * Long.BYTES, 0);
        }
        tail = (tail + (wide ? 4 : 2) * Long.BYTES) % PAGE;
    }

    /** Rings, and waits until the queue is empty and the wait's number is written. */
    private void complete() {
        number++;
        put(WAIT | (long) number << SOURCE_AT, status);
        registers.write64(IQT, tail);
        Polling.until(() -> registers.read64(IQH) == tail && memory.readInt(status) == number, "the invalidation queue stands");
    }

    @Override
    public void forgetRequester(int requester, int domain) {
        put(CONTEXT_CACHE | SELECTIVE | (long) domain << DOMAIN_AT | (long) requester << SOURCE_AT, 0);
        if (wide) {
            // The old entry may have named any domain.
            put(PASID_CACHE | SELECTIVE, 0);
        }
        forgetDomain(domain);
    }

    @Override
    public void forgetDomain(int domain) {
        put(IOTLB | DOMAIN | (long) domain << DOMAIN_AT, 0);
        complete();
    }

    @Override
    public void forgetPages(int domain, long iova, int order) {
        put(IOTLB | SELECTIVE | (long) domain << DOMAIN_AT, iova & -(long) PAGE << order | order);
        complete();
    }

    @Override
    public List<long[]> records() {
        List<long[]> found = new ArrayList<>();
        for (int i = 0; i < recordCount; i++) {
            int at = records + next * RECORD_BYTES;
            long high = registers.read64(at + Long.BYTES);
            if (high >= 0) {
                break;
            }
            found.add(new long[] {registers.read64(at), high});
            registers.write32(at + RECORD_BYTES - Integer.BYTES, 1 << 31);
            registers.write32(FSTS, OVERFLOW);
            next = (next + 1) % recordCount;
        }
        return found;
    }

    @Override
    public int code(long[] record) {
        return (int) (record[1] >>> 32) & 0xff;
    }
}
