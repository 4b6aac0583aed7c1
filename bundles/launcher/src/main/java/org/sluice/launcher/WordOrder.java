// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;

/**
 * Lets a command's own parser look at its words, as the console does for a typed line: it may move them or refuse one.
 * The words themselves stay as the user's shell gave them, because the parser sees a stand-in for whatever is no option.
 */
final class WordOrder {
    private static final Pattern OPTION = Pattern.compile("(--?[A-Za-z][A-Za-z-]*)(=.*)?", Pattern.DOTALL);

    private WordOrder() {
    }

    static List<Object> arranged(Session session, Command command, List<String> words) {
        Parser parser = command.getParser();
        if (parser == null) {
            return new ArrayList<>(words);
        }
        Map<String, String> originals = new HashMap<>();
        StringBuilder line = new StringBuilder(command.getScope()).append(':').append(command.getName());
        for (String word : words) {
            String standIn = standIn(word, originals.size());
            originals.put(standIn, word);
            line.append(' ').append(standIn);
        }
        CommandLine arranged = parser.parse(session, line.toString(), line.length());
        parser.preprocess(session, arranged);
        List<Object> result = new ArrayList<>();
        for (String standIn : List.of(arranged.getArguments()).subList(1, arranged.getArguments().length)) {
            result.add(originals.get(standIn));
        }
        return result;
    }

    private static String standIn(String word, int number) {
        Matcher option = OPTION.matcher(word);
        if (!option.matches()) {
            return "word" + number;
        }
        return option.group(2) == null ? word : option.group(1) + "=word" + number;
    }
}
