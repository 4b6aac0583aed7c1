// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Something with an id in a context. It cannot be destroyed while others use it. Guarded by the context's lock. */
abstract class IommufdObject {
    final IommufdContext context;
    private int id;
    /** Objects and attachments that need this one. */
    private int users;

    IommufdObject(IommufdContext context) {
        this.context = context;
    }

    final int id() {
        return id;
    }

    final void setId(int newId) {
        id = newId;
    }

    final void use() {
        users++;
    }

    final void unuse() {
        users--;
    }

    final int users() {
        return users;
    }

    /** Whether a user may end it by id, or only who made it. */
    boolean isUsers() {
        return true;
    }

    /** Refuses while something else keeps it. */
    void checkUnused() {
        if (users > 0) {
            throw new VfioException(Errno.EBUSY, this + " has " + users + " users");
        }
    }

    /** Gives back all that it holds. */
    abstract void release();

    /** Its state, for comparing. */
    abstract String state();

    @Override
    public final String toString() {
        return getClass().getSimpleName() + " " + id;
    }
}
