// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What only one vendor's backend understands of a description, as a read-only tree: maps, lists, strings ({@code 0x...} for
 * addresses), numbers, booleans. It keeps vendors out of the machine's own types. Immutable, thread-safe.
 *
 * <p>Every getter answers empty for an absent or null key and throws {@link IommuException} ({@code BAD_FORMAT}) for a value
 * of another type, naming the key.
 */
public final class Attributes {
    public static final Attributes EMPTY = new Attributes(Map.of());

    private final Map<String, ?> values;

    /** @param values not copied: the caller gives it away; nulls stand for "there is none" */
    public Attributes(Map<String, ?> values) {
        this.values = values;
    }

    /** These with those of {@code others} in place of their namesakes. */
    public Attributes with(Attributes others) {
        Map<String, Object> all = new LinkedHashMap<>(values);
        all.putAll(others.values);
        return new Attributes(all);
    }

    public boolean has(String key) {
        return values.get(key) != null;
    }

    public Set<String> keys() {
        return values.keySet();
    }

    public Optional<String> text(String key) {
        return value(key, String.class, "text");
    }

    /** The value as it is, a node of the tree; null if there is none. For handing a part of the tree on. */
    public Object raw(String key) {
        return values.get(key);
    }

    /** An address or id, written {@code "0x..."} or as a plain whole number that is not negative. */
    public Optional<Long> number(String key) {
        Object value = values.get(key);
        if (value instanceof Long || value instanceof Integer) {
            long number = ((Number) value).longValue();
            if (number < 0) {
                throw bad(key, "a number from 0 to 2^64-1");
            }
            return Optional.of(number);
        }
        Optional<String> text = value(key, String.class, "a number");
        try {
            return text.map(Hex::parse);
        } catch (IllegalArgumentException e) {
            throw bad(key, "a number");
        }
    }

    public boolean flag(String key) {
        return value(key, Boolean.class, "true or false").orElse(false);
    }

    /** The range {@code {start, last}} under {@code key}. */
    public Optional<AddressRange> range(String key) {
        return child(key).map(Attributes::asRange);
    }

    /** Reads this tree itself as {@code {start, last}}. */
    public AddressRange asRange() {
        long start = number("start").orElseThrow(() -> bad("start", "an address"));
        long last = number("last").orElseThrow(() -> bad("last", "an address"));
        try {
            return new AddressRange(start, last);
        } catch (IllegalArgumentException e) {
            throw new IommuException(IommuException.Reason.BAD_FORMAT, e.getMessage(), e);
        }
    }

    public Optional<Attributes> child(String key) {
        return value(key, Map.class, "an object").map(Attributes::ofMap);
    }

    /** Objects in the list under {@code key}; an empty list if the key is absent. */
    public List<Attributes> children(String key) {
        List<Attributes> result = new ArrayList<>();
        for (Object element : value(key, List.class, "a list").orElse(List.of())) {
            if (!(element instanceof Map<?, ?> map)) {
                throw bad(key, "a list of objects");
            }
            result.add(ofMap(map));
        }
        return result;
    }

    /** Plain values in the list under {@code key}, as text; an empty list if the key is absent. */
    public List<String> texts(String key) {
        List<String> result = new ArrayList<>();
        for (Object element : value(key, List.class, "a list").orElse(List.of())) {
            result.add(String.valueOf(element));
        }
        return result;
    }

    @SuppressWarnings("unchecked")
    private static Attributes ofMap(Map<?, ?> map) {
        return new Attributes((Map<String, ?>) map);
    }

    private <T> Optional<T> value(String key, Class<T> type, String what) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw bad(key, what);
        }
        return Optional.of(type.cast(value));
    }

    private static IommuException bad(String key, String what) {
        return new IommuException(IommuException.Reason.BAD_FORMAT, "'" + key + "' is not " + what);
    }
}
