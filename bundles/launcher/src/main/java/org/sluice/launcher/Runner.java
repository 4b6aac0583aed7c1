// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;

/** Runs what the arguments ask for in one session and answers with the status to end with. */
final class Runner {
    /** Commands appear when their services do, moments after the start: a missing one is unknown once no more appear. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long REGISTRATION_NANOS = TimeUnit.MILLISECONDS.toNanos(2000);

    private final SessionFactory sessions;
    private final Streams streams;
    private final Commands commands;
    private final Screen screen = Screen.ofProcess();

    Runner(SessionFactory sessions, Streams streams) {
        this.sessions = sessions;
        this.streams = streams;
        this.commands = new Commands(sessions.getRegistry());
    }

    @SuppressWarnings("removal") // Subject.callAs needs JDK 18
    int run(Arguments arguments) {
        Subject subject = new Subject();
        subject.getPrincipals().add(new UserPrincipal(System.getProperty("karaf.local.user", "karaf")));
        for (String role : Set.of("admin", "manager", "operator", "viewer", "systembundles")) {
            subject.getPrincipals().add(new RolePrincipal(role));
        }
        return Subject.doAs(subject, (PrivilegedAction<Integer>) () -> inSession(arguments));
    }

    private int inSession(Arguments arguments) {
        Session session = sessions.create(streams.in, streams.out, streams.err, screen.asParent());
        session.put(Session.SCOPE, Commands.SCOPE + ":shell:*");
        System.setIn(streams.in);
        System.setOut(streams.out);
        System.setErr(streams.err);
        try {
            return switch (arguments.mode()) {
                case NONE -> Status.DONE;
                case COMMAND -> command(session, arguments.values());
                case SCRIPT -> script(session, arguments.values().get(0));
                case INPUT -> script(session, new String(streams.in.readAllBytes(), StandardCharsets.UTF_8));
                case TOUR -> tour(session, Path.of(arguments.values().get(0)));
            };
        } catch (IOException unreadable) {
            return failed("sluice: cannot read " + unreadable.getMessage());
        }
    }

    private int command(Session session, List<String> words) {
        String name = words.get(0);
        if (name.equals("help")) {
            if (words.size() == 1) {
                awaitCommand("machine-open");
                commands.list(streams.out);
                return Status.DONE;
            }
            return command(session, List.of(words.get(1), "--help"));
        }
        Optional<Command> command = awaitCommand(name);
        if (command.isEmpty()) {
            return failed(commands.unknown(name));
        }
        if (!command.get().getScope().equals(Commands.SCOPE)) {
            return foreign(session, command.get(), words.subList(1, words.size()));
        }
        if (words.contains("--help") && !screen.ansi()) {
            return guarded(session, command.get().getName(), () -> plainHelp(session, command.get()));
        }
        return guarded(session, command.get().getName(), () ->
                command.get().execute(session, new ArrayList<>(words.subList(1, words.size()))));
    }

    /** Karaf's help has bold face even in a file. */
    private void plainHelp(Session session, Command command) throws Exception {
        ByteArrayOutputStream help = new ByteArrayOutputStream();
        System.setOut(new PrintStream(help, true, StandardCharsets.UTF_8));
        try {
            command.execute(session, List.of("--help"));
        } finally {
            System.setOut(streams.out);
        }
        streams.out.print(Failure.withoutColour(help.toString(StandardCharsets.UTF_8)));
    }

    /** Some of the shell's own commands want to be called by gogo; variables carry the words, so that it reads none of them. */
    private int foreign(Session session, Command command, List<String> words) {
        StringBuilder statement = new StringBuilder(command.getScope()).append(':').append(command.getName());
        for (int i = 0; i < words.size(); i++) {
            session.put("word" + i, words.get(i));
            statement.append(" $word").append(i);
        }
        return guarded(session, command.getName(), () -> session.execute(statement));
    }

    private int script(Session session, String text) {
        int worst = Status.DONE;
        for (String statement : Statements.split(text)) {
            int status = statement(session, statement);
            worst = Math.max(worst, status);
            if (status >= Status.FAILED) {
                break;
            }
        }
        return worst;
    }

    private int statement(Session session, String statement) {
        String name = statement.split("[\\s|;]", 2)[0];
        // Assignments and closures have no name to wait for; gogo says itself what is wrong with them.
        if (name.matches("[a-z][a-z0-9:-]*") && !isVariableOrFunction(session, name) && awaitCommand(name).isEmpty()) {
            return failed(commands.unknown(name));
        }
        return guarded(session, name, () -> {
            Object result = session.execute(statement);
            if (result != null && !(result instanceof Number)) {
                streams.out.println(result);
            }
        });
    }

    private static boolean isVariableOrFunction(Session session, String name) {
        return session.get(name) != null || name.equals("echo") || name.equals("each") || name.equals("if")
                || name.equals("try") || name.equals("while") || name.equals("until");
    }

    private int tour(Session session, Path file) throws IOException {
        int number = 0;
        int unexpected = 0;
        for (Step step : Step.parse(Files.readAllLines(file))) {
            if (step.command() == null) {
                streams.out.println(step.remark());
                continue;
            }
            number++;
            streams.out.println();
            streams.out.println("sluice> " + step.command());
            streams.out.flush();
            int status = statement(session, step.command());
            if (status != step.expected()) {
                unexpected++;
                streams.out.flush();
                streams.err.println("sluice: step " + number + " of the tour ended with status " + status
                        + ", expected " + step.expected());
            }
            streams.out.println();
        }
        return unexpected == 0 ? Status.DONE : Status.NEGATIVE;
    }

    private interface Body {
        void run() throws Exception;
    }

    private int guarded(Session session, String name, Body body) {
        session.put(Status.VARIABLE, Status.DONE);
        try {
            body.run();
            return Status.of(session.get(Status.VARIABLE));
        } catch (VirtualMachineError | Exception thrown) {
            return failed(Failure.line(name, thrown));
        } finally {
            streams.out.flush();
        }
    }

    private int failed(String line) {
        streams.out.flush();
        streams.err.println(line);
        return Status.FAILED;
    }

    private Optional<Command> awaitCommand(String name) {
        long start = System.nanoTime();
        long lastChange = start;
        int known = 0;
        while (true) {
            Optional<Command> found = commands.find(name);
            long now = System.nanoTime();
            if (found.isPresent() || now - start > REGISTRATION_NANOS || now - lastChange > QUIET_NANOS) {
                return found;
            }
            int count = commands.count();
            if (count != known) {
                known = count;
                lastChange = now;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return found;
            }
        }
    }
}
