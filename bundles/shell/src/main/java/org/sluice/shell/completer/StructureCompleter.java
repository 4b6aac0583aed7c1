// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.LayoutService;

/** Structures. */
@Service
public final class StructureCompleter extends WordCompleter {
    @Reference
    private LayoutService layouts;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return layouts.structures().stream().map(s -> s.backend() + "/" + s.name()).toList();
    }
}
