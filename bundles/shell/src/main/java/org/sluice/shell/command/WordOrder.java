// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.Option;
import org.sluice.shell.session.CommandException;

/**
 * Lets options stand anywhere, as in {@code table-walk lab --from FILE --json}: Karaf takes them only before the first argument, so they
 * are moved there before Karaf looks.
 */
final class WordOrder {
    private static final String HELP = "--help";

    private WordOrder() {
    }

    /** Indexes of the words: the command, options with their values, arguments, an option that lacks its value. */
    static List<Integer> optionsFirst(List<String> words, List<Field> options) {
        List<Integer> first = new ArrayList<>(List.of(0));
        List<Integer> arguments = new ArrayList<>();
        List<Integer> incomplete = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (!isOption(word)) {
                arguments.add(i);
            } else if (!takesNextWord(word, options)) {
                first.add(i);
            } else if (i + 1 < words.size()) {
                first.add(i);
                first.add(++i);
            } else {
                incomplete.add(i);
            }
        }
        first.addAll(arguments);
        first.addAll(incomplete);
        return first;
    }

    /** Refuses an option that the command does not have, or that lacks its value, in one line. */
    static void check(String command, List<String> words, List<Field> options) {
        for (int i = 1; i < words.size(); i++) {
            if (!isOption(words.get(i))) {
                continue;
            }
            String name = words.get(i).replaceFirst("=.*", "");
            if (!name.equals(HELP) && find(name, options).isEmpty()) {
                String known = options.stream().map(f -> f.getAnnotation(Option.class).name()).sorted().collect(Collectors.joining(", "));
                throw new CommandException("unknown option " + name + ": " + command + " has " + known + "; " + command
                        + " --help explains them");
            }
            if (takesNextWord(words.get(i), options)) {
                i++;
                if (i == words.size() || words.get(i).isEmpty()) {
                    throw new CommandException("option " + name + " needs a value: " + command + " --help explains it");
                }
            }
        }
    }

    /** A lone dash stands for standard input. */
    private static boolean isOption(String word) {
        return word.length() > 1 && word.startsWith("-");
    }

    private static boolean takesNextWord(String word, List<Field> options) {
        return find(word, options).map(Field::getType).filter(type -> type != boolean.class).isPresent();
    }

    private static Optional<Field> find(String name, List<Field> options) {
        return options.stream().filter(field -> {
            Option option = field.getAnnotation(Option.class);
            return Stream.concat(Stream.of(option.name()), Arrays.stream(option.aliases())).anyMatch(name::equals);
        }).findFirst();
    }
}
