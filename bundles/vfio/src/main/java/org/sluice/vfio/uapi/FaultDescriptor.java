// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.util.List;

import org.sluice.api.TranslationRequest;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.PageFault;

/** A fault queue by its descriptor: whole records of 40 bytes come out, whole answers of 8 bytes go in. */
public final class FaultDescriptor {
    private static final int RECORD = 40;
    private static final int ANSWER = 8;
    private static final int PASID_VALID = 1;
    private static final int LAST = 2;
    private static final int SUCCESS = 0;
    private static final int INVALID = 1;

    private final IommufdContext context;
    private final int queue;

    FaultDescriptor(IommufdContext context, int queue) {
        this.context = context;
        this.queue = queue;
    }

    /** Reads as many records as there are and fit; {@code EINVAL} if {@code count} is not a whole number of them. */
    public byte[] read(int count) {
        if (count % RECORD != 0) {
            throw new VfioException(Errno.EINVAL, "records have " + RECORD + " bytes");
        }
        List<PageFault> faults = context.faults().read(queue, count / RECORD);
        Structure out = new Structure(new byte[faults.size() * RECORD]);
        for (int i = 0; i < faults.size(); i++) {
            PageFault fault = faults.get(i);
            boolean pasid = fault.pasid() != TranslationRequest.NO_PASID;
            int at = i * RECORD;
            out.setU32(at, (pasid ? PASID_VALID : 0) | (fault.last() ? LAST : 0));
            out.setU32(at + 4, fault.device());
            out.setU32(at + 8, pasid ? fault.pasid() : 0);
            out.setU32(at + 12, fault.group());
            out.setU32(at + 16, fault.permissions());
            out.setU64(at + 24, fault.address());
            out.setU32(at + 36, fault.cookie());
        }
        return out.bytes();
    }

    /** Takes answers, in order until one is bad; bytes taken. */
    public int write(byte[] bytes) {
        if (bytes.length % ANSWER != 0) {
            throw new VfioException(Errno.EINVAL, "answers have " + ANSWER + " bytes");
        }
        Structure in = new Structure(bytes);
        for (int at = 0; at < bytes.length; at += ANSWER) {
            int code = in.u32(at + 4);
            if (code != SUCCESS && code != INVALID) {
                throw new VfioException(Errno.EINVAL, "an answer is 0 (success) or 1 (invalid)");
            }
            context.faults().respond(queue, in.u32(at), code == SUCCESS);
        }
        return bytes.length;
    }
}
