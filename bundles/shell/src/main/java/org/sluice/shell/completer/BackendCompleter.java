// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapService;
import org.sluice.machine.IommuException;

/**
 * Completes names of backends that would fit in front of the unit named before: each is asked, as by a dry run, whether it can express what is
 * mapped now. Those for which there is no time, and all of them before a unit is named, are offered unasked. Of several versions each has a name.
 */
@Service
public final class BackendCompleter extends WordCompleter {
    /** A Tab is not to be felt; whoever is offered in vain is refused with reasons when it comes to it. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(300);

    @Reference
    private BackendService backends;

    @Reference
    private MachineService machines;

    @Reference
    private SwapService swaps;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        List<BackendInfo> drivers = backends.list().stream().filter(b -> b.halves().contains(BackendInfo.Half.DRIVER)).toList();
        Stream<String> names = drivers.stream().flatMap(b -> isOnly(b, drivers) ? Stream.of(b.name())
                : Stream.of(b.name(), b.name() + "@" + b.version())).distinct().filter(name -> name.startsWith(typed));
        Optional<Machine> machine = NamedMachine.in(line, machines);
        int unit = machine.map(m -> line.indexOf(m.name()) + 1).orElse(line.size());
        if (unit >= line.size() || line.get(unit).isEmpty()) {
            return names.toList();
        }
        long end = System.nanoTime() + PATIENCE;
        return names.filter(name -> System.nanoTime() - end > 0 || fits(machine.get(), line.get(unit), name)).toList();
    }

    private static boolean isOnly(BackendInfo backend, List<BackendInfo> all) {
        return all.stream().filter(b -> b.name().equals(backend.name())).count() == 1;
    }

    private boolean fits(Machine machine, String unit, String backend) {
        try {
            return swaps.probe(machine, unit, backend).isEmpty();
        } catch (RefusedException e) {
            return e.rule() == Rule.BUSY;
        } catch (IommuException e) {
            // There is no such unit, or it is not ours to drive.
            return false;
        }
    }
}
