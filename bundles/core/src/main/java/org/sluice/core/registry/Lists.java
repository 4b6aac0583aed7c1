// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lists in configurations. */
public final class Lists {
    private Lists() {
    }

    /** Values of a list, which {@code .cfg} files write as one with commas; the comma of a version range separates nothing. */
    public static List<String> items(String[] values) {
        List<String> items = new ArrayList<>();
        for (String value : values) {
            Arrays.stream(value.split(",(?![^\\[(]*[\\])])")).map(String::trim).filter(item -> !item.isEmpty()).forEach(items::add);
        }
        return items;
    }
}
