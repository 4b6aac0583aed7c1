// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.List;
import java.util.function.Supplier;

import org.sluice.api.space.Refusal;
import org.sluice.api.space.RefusedException;
import org.sluice.machine.IommuException;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Tells refusals of the platform by the names that callers of this interface know. */
final class Refusals {
    private Refusals() {
    }

    static <T> T translate(Supplier<T> work) {
        try {
            return work.get();
        } catch (VfioException known) {
            throw known;
        } catch (RefusedException refused) {
            throw new VfioException(errno(refused.rule()), refused.getMessage(), null, refused.refusals(), refused);
        } catch (IommuException failed) {
            throw new VfioException(errno(failed.reason()), failed.getMessage(), null, List.of(), failed);
        }
    }

    static void run(Runnable work) {
        translate(() -> {
            work.run();
            return null;
        });
    }

    static Errno errno(Refusal.Rule rule) {
        return switch (rule) {
            case OVERLAP, MESSAGE_WINDOW -> Errno.EADDRINUSE;
            case CUTS_MAPPING, NOT_FOUND -> Errno.ENOENT;
            case NO_TABLES, PAGE_SIZE, APERTURE, OUTPUT_WIDTH, PERMISSION, MEMORY_TYPE, PASID, INVALID, DIRTY_TRACKING -> Errno.EINVAL;
            case PASS_THROUGH, STAGES -> Errno.EOPNOTSUPP;
            case ISOLATION -> Errno.EPERM;
            case LIMIT -> Errno.ENOMEM;
            case NO_SPACE -> Errno.ENOSPC;
            case BUSY, DEADLINE, INTERRUPTED -> Errno.EBUSY;
            case EXISTS -> Errno.EEXIST;
            case BACKEND, REFUSED_BY_DEVICE -> Errno.EIO;
        };
    }

    static Errno errno(IommuException.Reason reason) {
        return switch (reason) {
            case NOT_FOUND, UNKNOWN_DEVICE, UNKNOWN_UNIT, NO_BACKEND -> Errno.ENODEV;
            case UNSUPPORTED -> Errno.EOPNOTSUPP;
            case LIMIT -> Errno.ENOMEM;
            case CONFLICT, ALREADY_OPEN -> Errno.EBUSY;
            case UNKNOWN_MEMORY -> Errno.EFAULT;
            case BAD_FORMAT, TRUNCATED, UNKNOWN_REGISTER, IO -> Errno.EIO;
        };
    }
}
