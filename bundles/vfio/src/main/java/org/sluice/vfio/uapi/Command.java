// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The commands by number, with the bytes that a caller must at least give and the bytes that are known here. */
public enum Command {
    DESTROY(0x80, 8, 8, IoasCommands::destroy),
    IOAS_ALLOC(0x81, 12, 12, IoasCommands::alloc),
    IOAS_ALLOW_IOVAS(0x82, 24, 24, IoasCommands::allow),
    IOAS_COPY(0x83, 40, 40, IoasCommands::copy),
    IOAS_IOVA_RANGES(0x84, 32, 32, IoasCommands::ranges),
    IOAS_MAP(0x85, 40, 40, IoasCommands::map),
    IOAS_UNMAP(0x86, 24, 24, IoasCommands::unmap),
    OPTION(0x87, 24, 24, IoasCommands::option),
    VFIO_IOAS(0x88, 12, 12, IoasCommands::compatible),
    HWPT_ALLOC(0x89, 24, 48, HwptCommands::alloc),
    GET_HW_INFO(0x8a, 32, 40, HwptCommands::hardware),
    HWPT_SET_DIRTY_TRACKING(0x8b, 16, 16, HwptCommands::setDirtyTracking),
    HWPT_GET_DIRTY_BITMAP(0x8c, 48, 48, HwptCommands::dirtyBitmap),
    HWPT_INVALIDATE(0x8d, 32, 32, HwptCommands::invalidate),
    FAULT_QUEUE_ALLOC(0x8e, 16, 16, QueueCommands::faultQueue),
    IOAS_MAP_FILE(0x8f, 40, 40, IoasCommands::mapFile),
    VIOMMU_ALLOC(0x90, 24, 40, QueueCommands::viommu),
    VDEVICE_ALLOC(0x91, 24, 24, QueueCommands::virtualDevice),
    IOAS_CHANGE_PROCESS(0x92, 8, 8, IoasCommands::changeProcess),
    VEVENTQ_ALLOC(0x93, 32, 32, QueueCommands::eventQueue),
    HW_QUEUE_ALLOC(0x94, 40, 40, QueueCommands::hardwareQueue);

    private static final Map<Integer, Command> BY_NUMBER = Stream.of(values()).collect(Collectors.toMap(Command::number, Function.identity()));

    private final int number;
    private final int least;
    private final int full;
    private final Consumer<Call> work;

    Command(int number, int least, int full, Consumer<Call> work) {
        this.number = number;
        this.least = least;
        this.full = full;
        this.work = work;
    }

    /** Null if there is none. */
    static Command of(int number) {
        return BY_NUMBER.get(number);
    }

    public int number() {
        return number;
    }

    /** Bytes up to the last field that every caller must give. */
    public int least() {
        return least;
    }

    /** Bytes of the structure as it is known here. */
    public int full() {
        return full;
    }

    void run(Call call) {
        work.accept(call);
    }
}
