// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import org.sluice.vfio.iommufd.ViommuCalls.Allocated;

/** Commands on queues and virtual units; offsets as in section 1 of the conformance list. */
final class QueueCommands {
    private QueueCommands() {
    }

    static void faultQueue(Call call) {
        call.mustBeZero(4);
        int id = call.context.faults().alloc();
        call.in.setU32(8, id);
        call.in.setU32(12, call.process.descriptors().add(new FaultDescriptor(call.context, id)));
    }

    static void viommu(Call call) {
        call.mustBeZero(4, 28);
        long pointer = call.in.u64(32);
        int length = call.in.u32(24);
        byte[] data = length == 0 ? new byte[0] : HwptCommands.data(call, pointer, length);
        Allocated made = call.context.viommus().alloc(call.in.u32(8), call.in.u32(12), call.in.u32(16), data);
        if (made.answer().length != 0) {
            call.copyTo(pointer, made.answer(), Math.min(length, made.answer().length));
        }
        call.in.setU32(20, made.id());
    }

    static void virtualDevice(Call call) {
        call.in.setU32(12, call.context.viommus().addDevice(call.in.u32(4), call.in.u32(8), call.in.u64(16)));
    }

    static void eventQueue(Call call) {
        call.mustBeZero(4, 28);
        int id = call.context.viommus().addEventQueue(call.in.u32(8), call.in.u32(12), call.in.u32(16));
        call.in.setU32(20, id);
        call.in.setU32(24, call.process.descriptors().add(new EventDescriptor(call.context, id)));
    }

    static void hardwareQueue(Call call) {
        call.mustBeZero(4);
        call.in.setU32(20, call.context.viommus().addHardwareQueue(call.in.u32(8), call.in.u32(12), call.in.u32(16), call.in.u64(24),
                call.in.u64(32)));
    }
}
