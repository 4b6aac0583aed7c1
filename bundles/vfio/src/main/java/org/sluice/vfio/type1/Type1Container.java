// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.type1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IoasCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.OptionCalls;
import org.sluice.vfio.memory.UserMemory;

/**
 * A container of the older interface, on the address space that its context names for it. Version 2 refuses to cut mappings, version 1
 * cuts them where pages are small, and so keeps all pages small. The nesting type, never finished and never used, is not offered (NST-10).
 */
public final class Type1Container implements AutoCloseable {
    /** Commands by number, without the letter of the interface. */
    public static final int GET_API_VERSION = 100;
    public static final int CHECK_EXTENSION = 101;
    public static final int SET_IOMMU = 102;
    public static final int GET_INFO = 112;
    public static final int MAP_DMA = 113;
    public static final int UNMAP_DMA = 114;

    /** Extensions, and types of {@link #SET_IOMMU}. */
    public static final int TYPE1 = 1;
    public static final int TYPE1_V2 = 3;
    public static final int NESTING = 6;
    public static final int UNMAP_ALL = 9;

    private static final int API_VERSION = 0;
    private static final int MAP_BYTES = 32;
    private static final int UNMAP_BYTES = 24;
    private static final int FLAG_READ = 1;
    private static final int FLAG_WRITE = 2;
    private static final int FLAG_ALL = 2;

    private final IommufdContext context;

    public Type1Container(IommufdContext context) {
        this.context = context;
    }

    public IommufdContext context() {
        return context;
    }

    /**
     * Runs one command.
     *
     * @param argument a number, or where the structure is in the process's memory
     * @return 0 or an answer, or the negative number of an {@link Errno}
     */
    public int run(UserMemory process, int command, long argument) {
        try {
            return switch (command) {
                case GET_API_VERSION -> API_VERSION;
                case CHECK_EXTENSION -> argument == TYPE1 || argument == TYPE1_V2 || argument == UNMAP_ALL ? 1 : 0;
                case SET_IOMMU -> setType(argument);
                case GET_INFO -> info(process, argument);
                case MAP_DMA -> map(process, argument);
                case UNMAP_DMA -> unmap(process, argument);
                default -> throw new VfioException(Errno.ENOTTY, "there is no command " + command);
            };
        } catch (VfioException refused) {
            return -refused.errno().number();
        }
    }

    private int setType(long type) {
        int ioas = context.ioas().compatible();
        if (type != TYPE1 && type != TYPE1_V2) {
            throw new VfioException(Errno.EINVAL, "type " + type + " is not offered");
        }
        if (type == TYPE1) {
            context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        }
        return 0;
    }

    private int info(UserMemory process, long argument) {
        ByteBuffer in = structure(process, argument, Type1Info.LEAST, Type1Info.LEAST);
        int ioas = context.ioas().compatible();
        byte[] answer = Type1Info.answer(context.ioas().ranges(ioas), in.getInt(0));
        process.write(argument, answer, 0, answer.length);
        return 0;
    }

    private int map(UserMemory process, long argument) {
        ByteBuffer in = structure(process, argument, MAP_BYTES, MAP_BYTES);
        int flags = in.getInt(4);
        if ((flags & ~(FLAG_READ | FLAG_WRITE)) != 0 || flags == 0) {
            throw new VfioException(Errno.EINVAL, "a map is readable, writeable, or both, and nothing else");
        }
        int ioas = context.ioas().compatible();
        int with = IoasCalls.FIXED_IOVA | ((flags & FLAG_READ) != 0 ? IoasCalls.READABLE : 0) | ((flags & FLAG_WRITE) != 0 ? IoasCalls.WRITEABLE : 0);
        context.ioas().map(ioas, with, process, in.getLong(8), in.getLong(24), in.getLong(16));
        return 0;
    }

    private int unmap(UserMemory process, long argument) {
        ByteBuffer in = structure(process, argument, UNMAP_BYTES, UNMAP_BYTES);
        int flags = in.getInt(4);
        if ((flags & ~FLAG_ALL) != 0) {
            throw new VfioException(Errno.EINVAL, "unknown flags of an unmap");
        }
        int ioas = context.ioas().compatible();
        long iova = in.getLong(8);
        long size = in.getLong(16);
        long removed;
        if ((flags & FLAG_ALL) != 0) {
            if (iova != 0 || size != 0) {
                throw new VfioException(Errno.EINVAL, "everything has no address and no size");
            }
            removed = context.ioas().unmapAll(ioas);
        } else {
            boolean cuts = context.options().get(OptionCalls.HUGE_PAGES, ioas) == 0;
            removed = context.ioas().unmapCutting(ioas, iova, size, cuts);
        }
        in.putLong(16, removed);
        process.write(argument, in.array(), 0, UNMAP_BYTES);
        return 0;
    }

    private static ByteBuffer structure(UserMemory process, long argument, int bytes, int least) {
        ByteBuffer in = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        process.read(argument, in.array(), 0, bytes);
        if (Integer.compareUnsigned(in.getInt(0), least) < 0) {
            throw new VfioException(Errno.EINVAL, "the structure has at least " + least + " bytes");
        }
        return in;
    }

    /** Ends the context with everything in it. */
    @Override
    public void close() {
        context.close();
    }
}
