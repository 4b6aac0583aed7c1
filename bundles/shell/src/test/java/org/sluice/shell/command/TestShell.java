// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.impl.action.command.ManagerImpl;
import org.apache.karaf.shell.impl.console.SessionFactoryImpl;
import org.apache.karaf.shell.impl.console.parsing.CommandLineParser;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.FileOrInputCompleter;
import org.sluice.shell.completer.LayoutCompleter;
import org.sluice.shell.completer.MachineCompleter;
import org.sluice.shell.completer.OpenMachineCompleter;
import org.sluice.shell.completer.OriginCompleter;
import org.sluice.shell.completer.StructureCompleter;
import org.sluice.shell.completer.UnitCompleter;

/** Karaf's own session with the commands of this bundle over given services, without a platform around it. */
final class TestShell implements AutoCloseable {
    /** @param failure what the command threw, or null */
    record Result(Object status, String out, String err, Exception failure) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private final ThreadIOImpl streams = new ThreadIOImpl();
    private final SessionFactoryImpl factory;

    TestShell(Object... services) {
        streams.start();
        factory = new SessionFactoryImpl(streams);
        for (Object service : services) {
            factory.getRegistry().register(service);
        }
        ManagerImpl manager = new ManagerImpl(factory.getRegistry(), factory.getRegistry());
        List.of(OptionsAnywhere.class, MachineCompleter.class, OpenMachineCompleter.class, OriginCompleter.class,
                DeviceCompleter.class, UnitCompleter.class, LayoutCompleter.class, StructureCompleter.class,
                FileOrInputCompleter.class).forEach(manager::register);
        Commands.ALL.forEach(manager::register);
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

    /** What Tab offers at the end of {@code line}. */
    List<String> complete(String line) {
        Session session = session(new ByteArrayInputStream(new byte[0]), System.out, System.err);
        CommandLine words = CommandLineParser.buildCommandLine(session, line, line.length());
        List<String> candidates = new ArrayList<>();
        for (Command command : session.getRegistry().getCommands()) {
            List<String> offered = new ArrayList<>();
            if (command.getCompleter(true) != null && command.getCompleter(true).complete(session, words, offered) >= 0) {
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
