// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;
import org.apache.karaf.shell.support.parsing.DefaultParser;
import org.junit.Test;

public class WordOrderTest {
    /** Moves flags to the front, as a parser may. */
    private static final Parser FLAGS_FIRST = new DefaultParser() {
        @Override
        public CommandLine parse(Session session, String command, int cursor) {
            String[] words = super.parse(session, command, cursor).getArguments();
            Arrays.sort(words, 1, words.length, Comparator.comparing(word -> !word.startsWith("-")));
            return new CommandLineImpl(words, 0, 0, cursor, command);
        }
    };

    @Test
    public void parserMovesWordsThatItNeverReads() {
        assertEquals(List.of("--json", "--from=a b;c", "my $machine", "-", "00:03.0"),
                WordOrder.arranged(null, command(FLAGS_FIRST), List.of("my $machine", "--json", "-", "00:03.0", "--from=a b;c")));
    }

    @Test
    public void commandWithoutAParserKeepsItsWords() {
        assertEquals(List.of("a b", "--json"), WordOrder.arranged(null, command(null), List.of("a b", "--json")));
    }

    private static Command command(Parser parser) {
        return new Command() {
            @Override
            public String getScope() {
                return "iommu";
            }

            @Override
            public String getName() {
                return "test";
            }

            @Override
            public String getDescription() {
                return "";
            }

            @Override
            public Completer getCompleter(boolean scoped) {
                return null;
            }

            @Override
            public Parser getParser() {
                return parser;
            }

            @Override
            public Object execute(Session session, List<Object> arguments) {
                return null;
            }
        };
    }
}
