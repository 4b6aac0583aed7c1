// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

import org.apache.karaf.shell.api.console.Candidate;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;

/**
 * One of our commands with its options anywhere, however it is called: typed, in a pipe, behind a semicolon, from a script or by the
 * launcher. It has no parser of its own: of a typed line the console would then run nothing but the command under the cursor.
 */
final class AnyOrder implements Command {
    private final Command command;
    private final List<Field> options;

    AnyOrder(Command command) {
        this.command = command;
        this.options = Commands.options(Commands.named(command.getName()).orElseThrow());
    }

    @Override
    public String getScope() {
        return command.getScope();
    }

    @Override
    public String getName() {
        return command.getName();
    }

    @Override
    public String getDescription() {
        return command.getDescription();
    }

    @Override
    public Parser getParser() {
        return null;
    }

    @Override
    public Object execute(Session session, List<Object> arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(getName()));
        arguments.forEach(argument -> words.add(String.valueOf(argument)));
        session.put(IommuCommand.STATUS, IommuCommand.FAILED);
        WordOrder.check(getName(), words, options);
        // Help is answered by Karaf, and the command itself never runs.
        session.put(IommuCommand.STATUS, Outcome.DONE.status());
        List<Object> arranged = new ArrayList<>();
        WordOrder.optionsFirst(words, options).stream().skip(1).forEach(i -> arranged.add(arguments.get(i - 1)));
        try {
            return command.execute(session, arranged);
        } catch (Exception e) {
            // Karaf may find fault with a value before the command runs.
            session.put(IommuCommand.STATUS, IommuCommand.FAILED);
            throw e;
        }
    }

    @Override
    public Completer getCompleter(boolean scoped) {
        Completer completer = command.getCompleter(scoped);
        return new Completer() {
            @Override
            public int complete(Session session, CommandLine line, List<String> candidates) {
                return completer.complete(session, arranged(line), candidates);
            }

            @Override
            public void completeCandidates(Session session, CommandLine line, List<Candidate> candidates) {
                completer.completeCandidates(session, arranged(line), candidates);
            }
        };
    }

    private CommandLine arranged(CommandLine line) {
        List<String> words = new ArrayList<>(List.of(line.getArguments()));
        if (line.getCursorArgumentIndex() >= words.size()) {
            // After a blank the word under the cursor is still to be typed, but it has its place already.
            words.add("");
        }
        List<Integer> order = WordOrder.optionsFirst(words, options);
        return new CommandLineImpl(order.stream().map(words::get).toArray(String[]::new),
                order.indexOf(Math.min(line.getCursorArgumentIndex(), words.size() - 1)), line.getArgumentPosition(), line.getBufferPosition(),
                line.getBuffer());
    }
}
