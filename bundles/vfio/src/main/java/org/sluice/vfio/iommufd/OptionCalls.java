// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Options of a context and of its address spaces; command OPTION. */
public final class OptionCalls {
    /** Whether pins count against the process (1) or the user (0); of the whole context, object 0. */
    public static final int RLIMIT_MODE = 0;
    /** Whether pages larger than the processor's may be used (1, the default) or not (0); of one address space. */
    public static final int HUGE_PAGES = 1;

    private final IommufdContext context;
    private boolean processes;

    OptionCalls(IommufdContext context) {
        this.context = context;
    }

    public long get(int option, int object) {
        return context.call(() -> option(option, object) ? context.objects().get(object, Ioas.class).largePages() ? 1L : 0L : processes ? 1L : 0L);
    }

    public void set(int option, int object, long value) {
        context.run(() -> {
            boolean ofSpace = option(option, object);
            Ioas space = ofSpace ? context.objects().get(object, Ioas.class) : null;
            if (!ofSpace && !context.objects().all().isEmpty()) {
                throw new VfioException(Errno.EBUSY, "the context has objects already");
            }
            if (value != 0 && value != 1) {
                throw new VfioException(Errno.EINVAL, "options are 0 or 1");
            }
            if (ofSpace) {
                space.setLargePages(value == 1);
            } else {
                processes = value == 1;
            }
        });
    }

    boolean countsProcesses() {
        return processes;
    }

    /** Whether the option is one of an address space. */
    private static boolean option(int option, int object) {
        if (option == RLIMIT_MODE && object != 0 || option != RLIMIT_MODE && option != HUGE_PAGES) {
            throw new VfioException(Errno.EOPNOTSUPP, "there is no option " + option + " of object " + object);
        }
        return option == HUGE_PAGES;
    }
}
