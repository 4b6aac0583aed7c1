// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.LayoutService;

/** Structures and page-table formats. */
@Service
public final class LayoutCompleter extends WordCompleter {
    @Reference
    private LayoutService layouts;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return Stream.concat(
                layouts.structures().stream().map(s -> s.backend() + "/" + s.name()),
                layouts.formats().stream().map(f -> f.backend() + "/" + f.name())).toList();
    }
}
