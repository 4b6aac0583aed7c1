// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio;

import java.util.List;

import org.sluice.api.space.Refusal;
import org.sluice.machine.IommuException;

/** Something was refused, with the name that the same refusal has on Linux, and nothing has changed. */
public final class VfioException extends IommuException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;
    private final transient Limit limit;
    private final transient List<Refusal> refusals;

    public VfioException(Errno errno, String text) {
        this(errno, text, null, List.of(), null);
    }

    /** @param refusals what the layer below said, the most important first; may be empty */
    public VfioException(Errno errno, String text, Limit limit, List<Refusal> refusals, Throwable cause) {
        super(reason(errno), text, refusals.isEmpty() ? null : refusals.get(0).range(), cause);
        this.errno = errno;
        this.limit = limit;
        this.refusals = List.copyOf(refusals);
    }

    /** A limit on pinned memory. */
    public static VfioException limit(Limit limit) {
        return new VfioException(Errno.ENOMEM, limit.toString(), limit, List.of(), null);
    }

    public Errno errno() {
        return errno;
    }

    /** The limit that refused, or null if it was none. */
    public Limit limit() {
        return limit;
    }

    /** What the layer below said, with ranges and owners; empty if it was not asked. */
    public List<Refusal> refusals() {
        return refusals;
    }

    private static Reason reason(Errno errno) {
        return switch (errno) {
            case ENOENT, ENODEV, ENXIO -> Reason.NOT_FOUND;
            case ENOMEM, ENOSPC, EOVERFLOW, EMSGSIZE -> Reason.LIMIT;
            case EOPNOTSUPP, ENOTTY, E2BIG -> Reason.UNSUPPORTED;
            case EIO, EFAULT -> Reason.IO;
            default -> Reason.CONFLICT;
        };
    }
}
