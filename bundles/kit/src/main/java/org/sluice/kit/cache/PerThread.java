// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * A value for each thread that calls a model: its walker, its scratch memory. In place of {@link ThreadLocal}, which leaves its values with
 * the threads: those of a unit that is gone would stay in a thread that lives on, and with them the machine's memory and the class loader of a
 * backend that was taken away. Here the unit owns the values, and a thread only knows where its own is.
 *
 * <p>Thread-safe. After the first call of a thread {@link #get} neither locks nor allocates.
 */
public final class PerThread<T> {
    private final Supplier<T> maker;
    private final ThreadLocal<WeakReference<T>> own = new ThreadLocal<>();
    /** What keeps the values; those of threads that have ended go. Guarded by itself. */
    private final Map<Thread, T> values = new WeakHashMap<>();

    /** @param maker called once in each thread */
    public PerThread(Supplier<T> maker) {
        this.maker = maker;
    }

    /** The calling thread's value. */
    public T get() {
        WeakReference<T> known = own.get();
        T value = known == null ? null : known.get();
        return value != null ? value : make();
    }

    private T make() {
        T value = maker.get();
        synchronized (values) {
            values.put(Thread.currentThread(), value);
        }
        own.set(new WeakReference<>(value));
        return value;
    }
}
