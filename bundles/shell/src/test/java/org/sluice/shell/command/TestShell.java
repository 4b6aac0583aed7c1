// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.impl.action.command.ManagerImpl;
import org.apache.karaf.shell.impl.console.SessionFactoryImpl;
import org.apache.karaf.shell.impl.console.parsing.KarafParser;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser.ParseContext;

/** Karaf's own session with the commands of this bundle over given services, without a platform around it. */
final class TestShell implements AutoCloseable {
    /** @param failure what the command threw, or null */
    record Result(Object status, String out, String err, Exception failure) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private static final Path ETC = Path.of("../../karaf-distribution/src/main/resources/etc").toAbsolutePath().normalize();

    private final ThreadIOImpl streams = new ThreadIOImpl();
    private final SessionFactoryImpl factory;

    TestShell(Object... services) {
        streams.start();
        factory = new SessionFactoryImpl(streams);
        for (Object service : services) {
            factory.getRegistry().register(service);
        }
        factory.getRegistry().register(new ManagerImpl(factory.getRegistry(), factory.getRegistry()));
        Registration registration = new Registration(factory.getRegistry(), List.of(services));
        registration.add(Registration.COMPLETERS.stream().filter(c -> canBeMade(c, services)).toList());
        registration.add(Commands.ALL);
    }

    private static boolean canBeMade(Class<?> completer, Object... services) {
        return Arrays.stream(completer.getDeclaredFields()).filter(f -> f.isAnnotationPresent(Reference.class))
                .allMatch(f -> Arrays.stream(services).anyMatch(f.getType()::isInstance));
    }

    /** JSON written with single quotes, which need no escapes. */
    static String json(String text) {
        return text.replace('\'', '"');
    }

    Result run(String line) {
        return run(line, "");
    }

    Result run(String line, String input) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Session session = session(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, false),
                new PrintStream(err, true));
        Exception failure = null;
        try {
            session.execute(line);
        } catch (Exception e) {
            failure = e;
        }
        Result result = new Result(session.get(IommuCommand.STATUS), out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8), failure);
        session.close();
        return result;
    }

    private Session session(InputStream in, PrintStream out, PrintStream err) {
        Session session = factory.create(in, out, err);
        session.put(Session.SCOPE, "iommu:*");
        return session;
    }

    /** What is seen when these lines are typed at the product's prompt, which reads lines in another way than {@link #run}. */
    String type(Path history, String... lines) {
        Map<String, Object> settings = Map.of("karaf.home", ETC.getParent(), "karaf.etc", ETC, "karaf.history", history,
                "karaf.shell.init.script", ETC.resolve("shell.init.script"), "karaf.shell.suppress.welcome", true);
        settings.forEach((name, value) -> System.setProperty(name, value.toString()));
        try {
            return type(lines);
        } finally {
            settings.keySet().forEach(System::clearProperty);
        }
    }

    private String type(String... lines) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream screen = new PrintStream(out, true, StandardCharsets.UTF_8);
        InputStream keys = new ByteArrayInputStream((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        Session console = factory.create(keys, screen, screen, null, "UTF-8", () -> { });
        console.put(Session.SCOPE, "iommu:*");
        console.run();
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What Tab offers at the end of {@code line}. */
    List<String> complete(String line) {
        Session session = session(new ByteArrayInputStream(new byte[0]), System.out, System.err);
        ParsedLine words = new KarafParser(session).parse(line, line.length(), ParseContext.COMPLETE);
        CommandLine typed = new CommandLineImpl(words.words().toArray(String[]::new), words.wordIndex(), words.wordCursor(), words.cursor(), line);
        List<String> candidates = new ArrayList<>();
        for (Command command : session.getRegistry().getCommands()) {
            List<String> offered = new ArrayList<>();
            if (command.getCompleter(true) != null && command.getCompleter(true).complete(session, typed, offered) >= 0) {
                candidates.addAll(offered);
            }
        }
        return candidates.stream().map(String::strip).distinct().sorted().toList();
    }

    @Override
    public void close() {
        // The factory's own stop() trips over sessions that the collector has taken.
        streams.stop();
    }
}
