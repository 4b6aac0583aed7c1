// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;
import org.sluice.kit.radix.RadixFormat;

/** Formats already built, since a configuration seen once is seen often. Bounded; thread-safe. */
final class FormatCache {
    /** Honest machines have a handful; made-up structures must not fill the heap. */
    private static final int LIMIT = 64;

    private final Map<Key, RadixFormat> formats = new ConcurrentHashMap<>();

    private record Key(Shape shape, Rules rules) {
    }

    RadixFormat get(Shape shape, Rules rules) {
        Key key = new Key(shape, rules);
        RadixFormat format = formats.get(key);
        if (format == null) {
            if (formats.size() >= LIMIT) {
                formats.clear();
            }
            format = formats.computeIfAbsent(key, k -> SmmuFormats.build(k.shape, k.rules));
        }
        return format;
    }
}
