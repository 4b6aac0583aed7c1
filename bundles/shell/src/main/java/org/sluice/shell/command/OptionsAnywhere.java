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
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;
import org.apache.karaf.shell.support.parsing.DefaultParser;
import org.sluice.shell.session.CommandException;

/**
 * Lets options stand anywhere, as in {@code table-walk lab --from FILE --json}: Karaf takes them only before the first
 * argument, so they are moved there before Karaf looks, for running a command and for completing a word alike.
 */
@Service
public final class OptionsAnywhere implements Parser {
    private static final String HELP = "--help";

    private final Parser gogo = new DefaultParser();

    @Override
    public CommandLine parse(Session session, String command, int cursor) {
        CommandLine line = gogo.parse(session, command, cursor);
        List<String> words = new ArrayList<>(List.of(line.getArguments()));
        if (line.getCursorArgumentIndex() >= words.size()) {
            // After a blank the word under the cursor is still to be typed, but it has its place already.
            words.add("");
        }
        List<Field> options = words.isEmpty() ? List.of() : Commands.named(words.get(0)).map(Commands::options).orElse(List.of());
        List<Integer> order = optionsFirst(words, options);
        String[] moved = order.stream().map(words::get).toArray(String[]::new);
        return new CommandLineImpl(moved, order.indexOf(Math.min(line.getCursorArgumentIndex(), words.size() - 1)),
                line.getArgumentPosition(), line.getBufferPosition(), line.getBuffer());
    }

    /** Indexes of the words: the command, options with their values, arguments, an option that lacks its value. */
    private static List<Integer> optionsFirst(List<String> words, List<Field> options) {
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

    /** Called before a command runs, not while its line is typed: the place to refuse an option in one line. */
    @Override
    public String preprocess(Session session, CommandLine line) {
        String[] words = line.getArguments();
        Optional<Class<? extends IommuCommand>> command = words.length == 0 ? Optional.empty() : Commands.named(words[0]);
        command.ifPresent(c -> check(Commands.name(c), words, Commands.options(c)));
        return gogo.preprocess(session, line);
    }

    private static void check(String command, String[] words, List<Field> options) {
        for (int i = 1; i < words.length; i++) {
            if (!isOption(words[i])) {
                continue;
            }
            String name = words[i].replaceFirst("=.*", "");
            if (!name.equals(HELP) && find(name, options).isEmpty()) {
                String known = options.stream().map(f -> f.getAnnotation(Option.class).name()).sorted().collect(Collectors.joining(", "));
                throw new CommandException("unknown option " + name + ": " + command + " has " + known + "; " + command
                        + " --help explains them");
            }
            if (takesNextWord(words[i], options)) {
                i++;
                if (i == words.length || words[i].isEmpty()) {
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
