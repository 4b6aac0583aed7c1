// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio;

/** Names and numbers of refusals, as Linux gives them to callers. */
public enum Errno {
    EPERM(1), ENOENT(2), EIO(5), ENXIO(6), E2BIG(7), EAGAIN(11), ENOMEM(12), EFAULT(14), EBUSY(16), EEXIST(17), ENODEV(19), EINVAL(22),
    ENOTTY(25), ENOSPC(28), EOVERFLOW(75), EMSGSIZE(90), EOPNOTSUPP(95), EADDRINUSE(98);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
