// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_PAGES;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.List;
import org.junit.After;
import org.junit.Test;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.OptionCalls;
import org.sluice.vfio.memory.ProcessMemory;
import org.sluice.vfio.memory.SharedFile;
import org.sluice.vfio.uapi.Command;

/** Section 2.1 of the conformance list: the envelope of commands. It has nothing to do with units, so it runs once. */
public class IommufdTest {
    private final MockRig rig = new MockRig();
    private final IommufdContext context = rig.context();

    @After
    public void close() {
        rig.close();
    }

    @Test
    public void simple_close() {
        assertEquals(List.of(), context.describe());
    }

    @Test
    public void cmd_fail() {
        assertEquals(-Errno.ENOENT.number(), rig.arguments(Command.DESTROY).run());
        assertEquals(-Errno.EFAULT.number(), rig.commands().run(rig.process, Command.DESTROY.number(), 0));
        assertEquals(-Errno.ENOTTY.number(), rig.commands().run(rig.process, 0x7f, Rig.argumentAddress()));
    }

    @Test
    public void cmd_length() {
        for (Command command : Command.values()) {
            assertEquals(command + " short", -Errno.EINVAL.number(), rig.arguments(command).size(command.least() - 1, 0).run());
            assertEquals(command + " tail", -Errno.E2BIG.number(), rig.arguments(command).size(command.full() + 1, 0xff).run());
            assertEquals(command + " zeros", rig.arguments(command).run(), rig.arguments(command).size(command.full() + 1, 0).run());
        }
    }

    @Test
    public void cmd_ex_fail() {
        int full = Command.DESTROY.full();
        assertEquals(-Errno.ENOENT.number(), rig.arguments(Command.DESTROY).size(full + 8, 0).run());
        assertEquals(-Errno.E2BIG.number(), rig.arguments(Command.DESTROY).size(full + 8, 1).run());
        assertEquals(-Errno.EINVAL.number(), rig.arguments(Command.DESTROY).size(full - 1, 0).run());
    }

    @Test
    public void global_options() {
        assertEquals(0, option(OptionCalls.RLIMIT_MODE, 1, 0, 0).run());
        assertEquals(0, option(OptionCalls.RLIMIT_MODE, 0, 0, 1).run());
        assertEquals(-Errno.EINVAL.number(), option(OptionCalls.RLIMIT_MODE, 0, 0, 2).run());
        Arguments read = option(OptionCalls.RLIMIT_MODE, 1, 0, 0);
        assertEquals(0, read.run());
        assertEquals(1, read.getU64(16));
        assertEquals(-Errno.ENOENT.number(), option(OptionCalls.HUGE_PAGES, 1, 0, 0).run());
        assertEquals(-Errno.ENOENT.number(), option(OptionCalls.HUGE_PAGES, 0, 0, 1).run());
        assertEquals(-Errno.EOPNOTSUPP.number(), option(7, 1, 0, 0).run());
    }

    private Arguments option(int option, int op, int object, long value) {
        return rig.arguments(Command.OPTION).u32(4, option).u16(8, op).u32(12, object).u64(16, value);
    }

    /** The three ways of accounting: without a limit, by user, by process. */
    @Test
    public void change_process_basic() {
        for (int mode = 0; mode < 3; mode++) {
            try (MockRig each = new MockRig()) {
                changeProcess(each, mode);
            }
        }
    }

    private static void changeProcess(MockRig rig, int mode) {
        IommufdContext context = rig.context();
        if (mode == 2) {
            context.options().set(OptionCalls.RLIMIT_MODE, 0, 1);
        } else if (mode == 1) {
            rig.user.limit(1000);
        }
        int ioas = context.ioas().alloc();
        rig.attach(0, ioas);
        long iova = context.ioas().map(ioas, Rig.WRITE_READ, rig.process, BUFFER, BUFFER_SIZE, 0);
        assertErrno(Errno.EINVAL, () -> context.ioas().changeProcess(rig.process));
        context.ioas().unmap(ioas, iova, BUFFER_SIZE);
        SharedFile file = rig.file(BUFFER_SIZE);
        context.ioas().mapFile(ioas, Rig.WRITE_READ, rig.process, file, 0, BUFFER_SIZE, 0);
        context.ioas().changeProcess(rig.process);
        assertEquals(BUFFER_PAGES, rig.process.pinned());
        ProcessMemory next = rig.process("next");
        context.ioas().changeProcess(next);
        assertEquals(0, rig.process.pinned());
        assertEquals(BUFFER_PAGES, next.pinned());
        assertEquals(mode == 2 ? 0 : BUFFER_PAGES, rig.user.used());
        assertEquals(mode == 2 ? BUFFER_PAGES : 0, next.process().used());
        assertEquals(0, rig.process.process().used());
        context.ioas().unmapAll(ioas);
        assertEquals(0, next.pinned());
        assertEquals(0, next.process().used());
        next.exit();
    }

    /** Each field of each structure is where the interface has it: a map by bytes is a map. */
    @Test
    public void structuresMeanWhatTheCallsMean() {
        Arguments alloc = rig.arguments(Command.IOAS_ALLOC);
        assertEquals(0, alloc.run());
        int ioas = alloc.getU32(8);
        rig.attach(0, ioas);
        long iova = rig.base() + 0x3000;
        Arguments map = rig.arguments(Command.IOAS_MAP).u32(4, Rig.FIXED).u32(8, ioas).u64(16, BUFFER).u64(24, 0x2000).u64(32, iova);
        assertEquals(0, map.run());
        rig.verify(rig.device(0), iova, BUFFER, 0x2000);
        Arguments copy = rig.arguments(Command.IOAS_COPY).u32(4, Rig.WRITE_READ).u32(8, ioas).u32(12, ioas).u64(16, 0x1000).u64(32, iova + 0x1000);
        assertEquals(0, copy.run());
        assertNotEquals(0, copy.getU64(24));
        rig.verify(rig.device(0), copy.getU64(24), BUFFER + 0x1000, 0x1000);
        int descriptor = rig.process.descriptors().add(rig.file(0x4000));
        Arguments file = rig.arguments(Command.IOAS_MAP_FILE).u32(4, Rig.WRITE_READ).u32(8, ioas).u32(12, descriptor).u64(16, 0x1000).u64(24, 0x2000);
        assertEquals(0, file.run());
        assertEquals(-Errno.EINVAL.number(), rig.arguments(Command.IOAS_MAP_FILE).u32(4, Rig.WRITE_READ).u32(8, ioas).u32(12, 99).u64(24, 1).run());
        Arguments unmap = rig.arguments(Command.IOAS_UNMAP).u32(4, ioas).u64(8, iova).u64(16, 0x2000);
        assertEquals(0, unmap.run());
        assertEquals(0x2000, unmap.getU64(16));
        Arguments all = rig.arguments(Command.IOAS_UNMAP).u32(4, ioas).u64(8, 0).u64(16, -1L);
        assertEquals(0, all.run());
        assertEquals(0x3000, all.getU64(16));
        assertEquals(-Errno.EOPNOTSUPP.number(), rig.arguments(Command.IOAS_MAP).u32(4, 8).u32(8, ioas).u64(16, BUFFER).u64(24, 1).run());
        assertEquals(-Errno.EINVAL.number(), rig.arguments(Command.IOAS_MAP).u32(8, ioas).u64(16, BUFFER).u64(24, 1).run());
        assertEquals(-Errno.EOVERFLOW.number(), rig.arguments(Command.IOAS_MAP).u32(4, 6).u32(8, ioas).u64(16, -1L).u64(24, 2).run());
    }
}
