// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/** Told now and then how far a long work has come; called from the working thread, must be quick. */
@FunctionalInterface
public interface Progress {
    Progress NONE = (what, done, total) -> { };

    /** @param total -1 if it is not known */
    void at(String what, long done, long total);
}
