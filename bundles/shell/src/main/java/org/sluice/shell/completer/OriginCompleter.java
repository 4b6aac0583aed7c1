// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendService;

/** What can be opened: files and made-up machines. */
@Service
public final class OriginCompleter extends WordCompleter {
    @Reference
    private BackendService backends;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        List<String> words = new ArrayList<>(synthetic(backends));
        words.addAll(PathWords.ofOrigin(typed));
        return words;
    }

    static List<String> synthetic(BackendService backends) {
        return backends.list().stream().map(b -> "synthetic:" + b.name()).toList();
    }
}
