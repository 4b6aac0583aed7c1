// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Registry;

/** The commands that the platform knows, by the names a user types: the scope may be left out, ours comes first. */
final class Commands {
    static final String SCOPE = "iommu";

    private final Registry registry;

    Commands(Registry registry) {
        this.registry = registry;
    }

    Optional<Command> find(String name) {
        int colon = name.indexOf(':');
        String scope = colon < 0 ? null : name.substring(0, colon);
        String plain = name.substring(colon + 1);
        return registry.getCommands().stream()
                .filter(c -> c.getName().equals(plain) && (scope == null || c.getScope().equals(scope)))
                .min(Comparator.comparing(c -> !c.getScope().equals(SCOPE)));
    }

    int count() {
        return registry.getCommands().size();
    }

    /** The one line for a name that nobody has. */
    String unknown(String name) {
        Stream<String> ours = own().map(Command::getName);
        Stream<String> others = registry.getCommands().stream().map(c -> c.getScope() + ":" + c.getName());
        List<String> nearest = Nearest.to(name, (name.indexOf(':') < 0 ? ours : others).toList());
        String hint = nearest.isEmpty() ? "./sluice help" : String.join(", ", nearest);
        return name + ": no such command; try: " + hint;
    }

    void list(PrintStream out) {
        List<Command> own = own().sorted(Comparator.comparing(Command::getName)).toList();
        int width = own.stream().mapToInt(c -> c.getName().length()).max().orElse(0);
        for (Command command : own) {
            out.printf("  %-" + Math.max(width, 1) + "s  %s%n", command.getName(), command.getDescription());
        }
    }

    private Stream<Command> own() {
        return registry.getCommands().stream().filter(c -> c.getScope().equals(SCOPE));
    }
}
