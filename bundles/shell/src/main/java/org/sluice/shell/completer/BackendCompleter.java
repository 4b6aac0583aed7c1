// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;

/** Completes names of backends that can drive a unit. */
@Service
public final class BackendCompleter extends WordCompleter {
    @Reference
    private BackendService backends;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return backends.list().stream().filter(b -> b.halves().contains("driver")).map(BackendInfo::name).distinct().toList();
    }
}
