// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.sluice.api.LayoutService;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.shell.session.CommandException;

/** Finds layouts by {@code name} or {@code backend/name}. */
final class LayoutNames {
    private static final int MOST_SUGGESTIONS = 5;

    private LayoutNames() {
    }

    /** Every structure and format, by backend and name. */
    static List<Object> all(LayoutService layouts) {
        List<Object> all = new ArrayList<>(layouts.structures());
        all.addAll(layouts.formats());
        return all;
    }

    static String qualified(Object layout) {
        return layout instanceof StructureLayout s ? s.backend() + "/" + s.name()
                : layout instanceof TableFormat f ? f.backend() + "/" + f.name() : layout.toString();
    }

    /** The one of {@code candidates} that {@code name} names. */
    static <T> T find(String name, List<T> candidates, String kind) {
        List<T> found = candidates.stream().filter(c -> qualified(c).equals(name) || shortName(c).equals(name)).toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        if (!found.isEmpty()) {
            throw new CommandException("'" + name + "' is the name of several: " + names(found.stream(), LayoutNames::qualified));
        }
        String similar = names(candidates.stream().filter(c -> alike(qualified(c), name)), LayoutNames::qualified);
        throw new CommandException("there is no " + kind + " '" + name + "'"
                + (similar.isEmpty() ? ": see layout-list" : "; did you mean " + similar + "? layout-list has them all"));
    }

    private static String shortName(Object layout) {
        String name = qualified(layout);
        return name.substring(name.indexOf('/') + 1);
    }

    private static <T> String names(Stream<T> layouts, Function<T, String> name) {
        return layouts.limit(MOST_SUGGESTIONS).map(name).collect(Collectors.joining(", "));
    }

    private static boolean alike(String qualified, String typed) {
        return Stream.of(typed.split("[/_ -]")).anyMatch(word -> word.length() > 2 && qualified.contains(word));
    }
}
