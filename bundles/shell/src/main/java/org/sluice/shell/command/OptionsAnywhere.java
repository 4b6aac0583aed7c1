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
        String[] words = line.getArguments();
        if (words.length < 3) {
            return line;
        }
        List<Field> options = Commands.named(words[0]).map(Commands::options).orElse(List.of());
        List<Integer> order = new ArrayList<>();
        List<Integer> arguments = new ArrayList<>();
        order.add(0);
        for (int i = 1; i < words.length; i++) {
            if (!isOption(words[i])) {
                arguments.add(i);
                continue;
            }
            order.add(i);
            if (takesNextWord(words[i], options) && i + 1 < words.length) {
                order.add(++i);
            }
        }
        order.addAll(arguments);
        String[] moved = order.stream().map(i -> words[i]).toArray(String[]::new);
        int at = order.indexOf(line.getCursorArgumentIndex());
        return new CommandLineImpl(moved, at < 0 ? line.getCursorArgumentIndex() : at, line.getArgumentPosition(),
                line.getBufferPosition(), line.getBuffer());
    }

    /** Called before a command runs, not while its line is typed: the place to refuse an option in one line. */
    @Override
    public String preprocess(Session session, CommandLine line) {
        String[] words = line.getArguments();
        Optional<Class<? extends IommuCommand>> command = words.length == 0 ? Optional.empty() : Commands.named(words[0]);
        command.ifPresent(c -> refuseUnknown(words, Commands.options(c)));
        return gogo.preprocess(session, line);
    }

    private static void refuseUnknown(String[] words, List<Field> options) {
        for (int i = 1; i < words.length && isOption(words[i]); i++) {
            String name = words[i].replaceFirst("=.*", "");
            if (!name.equals(HELP) && find(name, options).isEmpty()) {
                String known = options.stream().map(f -> f.getAnnotation(Option.class).name()).sorted().collect(Collectors.joining(", "));
                throw new CommandException("unknown option " + name + ": " + words[0] + " has " + known + "; " + words[0]
                        + " --help explains them");
            }
            if (takesNextWord(words[i], options)) {
                i++;
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
