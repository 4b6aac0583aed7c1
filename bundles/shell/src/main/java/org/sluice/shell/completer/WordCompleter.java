// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.ArgumentCommandLine;

/** Offers the words that begin as the one under the cursor does. */
abstract class WordCompleter implements Completer {
    @Override
    public final int complete(Session session, CommandLine line, List<String> candidates) {
        if (line instanceof ArgumentCommandLine) {
            // Karaf asks whether a finished word before the cursor could be right; only the command itself knows that.
            candidates.add(line.getCursorArgument());
            return 0;
        }
        String word = line.getCursorArgument() == null ? "" : line.getCursorArgument();
        String typed = word.substring(0, Math.min(word.length(), line.getArgumentPosition()));
        try {
            for (String offered : words(typed, List.of(line.getArguments()))) {
                if (offered.startsWith(typed)) {
                    candidates.add(offered);
                }
            }
        } catch (RuntimeException e) {
            // A service that goes away while the user types is no reason to disturb the line.
            candidates.clear();
        }
        if (candidates.size() == 1 && !candidates.get(0).endsWith("/")) {
            candidates.set(0, candidates.get(0) + " ");
        }
        return candidates.isEmpty() ? -1 : line.getBufferPosition() - line.getArgumentPosition();
    }

    /**
     * Words to offer, whether or not they begin as {@code typed} does.
     *
     * @param line all words of the command line, the command first
     */
    protected abstract Collection<String> words(String typed, List<String> line);
}
