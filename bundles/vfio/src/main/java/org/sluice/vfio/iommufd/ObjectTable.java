// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Objects by id. Ids are not used again, so that a stale one never names something else. Guarded by the context's lock. */
final class ObjectTable {
    private final TreeMap<Integer, IommufdObject> objects = new TreeMap<>();
    private int last;

    <T extends IommufdObject> T add(T object) {
        if (last == Integer.MAX_VALUE) {
            throw new VfioException(Errno.ENOSPC, "all ids have been used");
        }
        object.setId(++last);
        objects.put(last, object);
        return object;
    }

    /** {@code ENOENT} if there is none of that id and type. */
    <T extends IommufdObject> T get(int id, Class<T> type) {
        IommufdObject object = objects.get(id);
        if (!type.isInstance(object)) {
            throw new VfioException(Errno.ENOENT, "there is no " + type.getSimpleName() + " " + id);
        }
        return type.cast(object);
    }

    /** Null if there is none. */
    IommufdObject find(int id) {
        return objects.get(id);
    }

    void remove(IommufdObject object) {
        objects.remove(object.id());
    }

    Collection<IommufdObject> all() {
        return objects.values();
    }

    <T extends IommufdObject> List<T> all(Class<T> type) {
        return objects.values().stream().filter(type::isInstance).map(type::cast).toList();
    }
}
