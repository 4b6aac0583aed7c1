// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Access;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.tool.vectors.qemu.EduDevice;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;
import org.sluice.tool.vectors.unit.Software;
import org.sluice.tool.vectors.unit.UnitSoftware;

/** A QEMU without a guest, whose device does the accesses. What it lets through is seen where the vector expects it, and nowhere else. */
final class LiveBench implements Bench {
    private static final int MARK = 0x7ec7_0000;

    private final QemuMachine qemu;
    private final PhysicalMemory memory;
    private final UnitSoftware software;
    private final long scratch;

    /** @param image memory that all vectors share */
    LiveBench(UnitKind kind, String binary, PhysicalMemory image, List<AddressRange> taken) {
        qemu = QemuMachine.start(kind, binary);
        memory = qemu.memory();
        AddressRange ram = kind.ram();
        long space = ram.last() + 1 - 2L * Workspace.SPACE_BYTES;
        scratch = space + Workspace.SPACE_BYTES;
        AddressRange own = new AddressRange(space, ram.last());
        for (AddressRange range : taken) {
            if (!ram.contains(range.start()) || !ram.contains(range.last()) || own.overlaps(range)) {
                qemu.close();
                throw new IommuException(Reason.UNSUPPORTED, "the tables at " + range + " do not fit into the " + (ram.size() >> 20)
                        + " MiB of the machine that is started for them");
            }
            for (long at = range.start(); range.contains(at); at += Long.BYTES) {
                memory.writeLong(at, image.readLong(at));
            }
        }
        software = Software.of(kind.type(), qemu.registers(), memory, space, kind.requester());
        software.open();
        for (int slot = 0; slot < EduDevice.SLOTS; slot++) {
            memory.writeInt(scratch + slot * EduDevice.WORD, MARK | slot);
        }
        qemu.device().load(scratch);
    }

    @Override
    public Answer ask(Vector vector) {
        if (vector.requester() != qemu.kind().requester()) {
            throw new IommuException(Reason.UNSUPPORTED, "vector " + vector.name() + " is of another device than the one that QEMU has for it");
        }
        Map<Long, Long> before = new TreeMap<>();
        vector.words().forEach((address, value) -> {
            before.put(address, memory.readLong(address));
            memory.writeLong(address, value);
        });
        try {
            software.use(vector.registers());
            return access(vector);
        } finally {
            software.open();
            before.forEach(memory::writeLong);
        }
    }

    private Answer access(Vector vector) {
        Answer expected = vector.expected();
        boolean visible = expected.result() == Result.MAPPED && memory.presence(expected.output(), EduDevice.WORD) == PhysicalMemory.Presence.PRESENT;
        int kept = visible ? memory.readInt(expected.output()) : 0;
        boolean landed;
        List<long[]> records;
        if (vector.access() == Access.WRITE) {
            qemu.device().write(vector.iova(), 1);
            records = software.records();
            landed = visible && memory.readInt(expected.output()) == (MARK | 1);
        } else {
            if (visible) {
                memory.writeInt(expected.output(), MARK | 2);
            }
            qemu.device().read(vector.iova(), 0);
            records = software.records();
            software.open();
            qemu.device().unload(scratch);
            landed = visible && memory.readInt(scratch) == (MARK | 2);
        }
        if (visible) {
            memory.writeInt(expected.output(), kept);
        }
        return answer(expected, landed, visible, records);
    }

    private Answer answer(Answer expected, boolean landed, boolean visible, List<long[]> records) {
        if (!records.isEmpty()) {
            long[] record = records.get(0);
            int code = software.code(record);
            return Answer.fault(expected.code() == code ? expected.fault() : null, code, Arrays.stream(record).boxed().toList());
        }
        if (landed) {
            return Answer.mapped(expected.output());
        }
        return expected.result() == Result.MAPPED && !visible ? Answer.unknown() : Answer.fault(Answer.NONE_RECORDED, -1, List.of());
    }

    @Override
    public void close() {
        qemu.close();
    }
}
