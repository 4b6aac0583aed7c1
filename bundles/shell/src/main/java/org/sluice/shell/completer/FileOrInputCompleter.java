// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Service;

/** A file, or {@code -} for standard input. */
@Service
public final class FileOrInputCompleter extends WordCompleter {
    @Override
    protected Collection<String> words(String typed, List<String> line) {
        List<String> words = new ArrayList<>(PathWords.of(typed));
        words.add("-");
        return words;
    }
}
