// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.junit.Test;

/**
 * Help, documentation and code agree. With {@code -Ddocs.update=true} the reference parts of {@code docs/commands.md} are
 * written anew; what stands between them (examples with their output) is kept.
 */
public class DocumentationTest {
    private static final Path DOCS = Path.of("../../docs/commands.md");
    private static final Path ACCESS = Path.of("../../karaf-distribution/src/main/resources/etc/org.apache.karaf.command.acl.iommu.cfg");
    private static final Pattern READS = Pattern.compile(
            ".*-(list|info|show|decode)|table-.*|unit-(registers|queues)|fault-(list|tail|explain)|interrupt-remap|firmware-lint|region-conflicts|accounting-estimate|trace-.*");
    private static final Path SOURCES = Path.of("src/main/java/org/sluice/shell/command");

    /** Fields on which scripts may rely, by command. */
    private static final Map<String, String> CONTRACT = Map.ofEntries(
            Map.entry("machine-open", "machine, arch, units, devices, ramBytes"),
            Map.entry("unit-list", "unit, type, backend, state, detail, registers"),
            Map.entry("device-list", "device, unit, backend, domain, tableKind, levels, mappings, mappedBytes, state"),
            Map.entry("table-dump", "device, iova, last, output, read, write, execute, pageSizes, memoryType"),
            Map.entry("table-walk", "device, iova, access, result, output, pageSize, read, write, fault, faultCode, level, reason, steps"),
            Map.entry("table-verify", "device, defect, address, entry, rule, clause"),
            Map.entry("fault-list", "device, iova, faultCode, meaning"),
            Map.entry("interrupt-remap", "result, vector, destination, mode, faultCode"),
            Map.entry("region-list", "device, start, last, kind, origin"),
            Map.entry("region-conflicts", "mode, device, start, last, kind, origin, owner"),
            Map.entry("unit-swap", "unit, from, to, state, mappings, prepareMicros, blackoutMicros, refusals"),
            Map.entry("traffic-list", "device, operations, bytes, wrong, blocked, faults, interrupts"),
            Map.entry("traffic-stop", "device, operations, bytes, wrong, blocked, faults, interrupts"),
            Map.entry("vectors-run", "case, result, output, fault, faultCode, event, agrees"));

    @Test
    public void everyCommandIsInTheCatalogue() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            Set<String> annotated = files.filter(DocumentationTest::isCommand).map(f -> f.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(annotated, Commands.ALL.stream().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    public void everyCommandExplainsItself() {
        for (Class<? extends IommuCommand> type : Commands.ALL) {
            Command command = type.getAnnotation(Command.class);
            assertEquals(IommuCommand.SCOPE, command.scope());
            assertTrue(command.name(), command.name().matches("[a-z]+-[a-z]+"));
            assertTrue(command.name(), type.isAnnotationPresent(Service.class));
            assertFalse(command.name() + " has a parser: the console would run nothing else of its line", type.isAnnotationPresent(Parsing.class));
            assertFalse(command.name() + " has no description", command.description().isEmpty());
            List<String> examples = Reference.examples(type);
            assertFalse(command.name() + " has no example", examples.isEmpty());
            examples.forEach(e -> assertTrue(e, e.startsWith(command.name())));
            for (Field field : Reference.arguments(type)) {
                assertFalse(command.name() + " " + field.getName(), field.getAnnotation(Argument.class).description().isEmpty());
            }
            for (Field field : Commands.options(type)) {
                assertFalse(command.name() + " " + field.getName(), field.getAnnotation(Option.class).description().isEmpty());
            }
        }
    }

    @Test
    public void recordsHaveTheFieldsThatScriptsRelyOn() {
        CONTRACT.forEach((name, fields) -> {
            List<String> names = Reference.RECORDS.get(Commands.named(name).orElseThrow()).jsonNames();
            for (String field : fields.split(", ")) {
                assertTrue(name + " lacks " + field, names.contains(field));
            }
            assertEquals(name + " names a field twice", names.size(), Set.copyOf(names).size());
        });
    }

    /** What only reads needs no role; everything else is in the product's access list, and new commands are forgotten in neither. */
    @Test
    public void everyCommandThatChangesSomethingNeedsARole() throws IOException {
        Properties roles = new Properties();
        try (InputStream in = Files.newInputStream(ACCESS)) {
            roles.load(in);
        }
        for (Class<? extends IommuCommand> type : Commands.ALL) {
            String name = Commands.name(type);
            assertEquals(name, !READS.matcher(name).matches(), roles.containsKey(name));
        }
        roles.values().forEach(value -> assertEquals("admin, operator", value));
    }

    @Test
    public void commandsStaySmall() throws IOException {
        for (Class<?> type : Commands.ALL) {
            long lines = Files.readAllLines(SOURCES.resolve(type.getSimpleName() + ".java")).stream()
                    .filter(l -> !l.isBlank() && !l.startsWith("import ")).count();
            assertTrue(type.getSimpleName() + " has " + lines + " lines", lines <= 80);
        }
    }

    @Test
    public void documentationAgreesWithTheAnnotations() throws IOException {
        String docs = Files.readString(DOCS);
        String expected = docs;
        for (Class<? extends IommuCommand> type : Commands.ALL) {
            String name = Commands.name(type);
            String begin = "## " + name + "\n\n<!-- reference -->\n";
            String end = "<!-- end of reference -->\n";
            int from = expected.indexOf(begin);
            if (from < 0) {
                expected = expected + "\n" + begin + end;
                from = expected.indexOf(begin);
            }
            int to = expected.indexOf(end, from);
            expected = expected.substring(0, from + begin.length()) + Reference.of(type) + expected.substring(to);
            for (String example : Reference.examples(type)) {
                assertTrue("docs/commands.md does not show: " + example, Boolean.getBoolean("docs.update") || docs.contains(example));
            }
        }
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(DOCS, expected);
        } else {
            assertEquals("run the test with -Ddocs.update=true and read the difference", expected, docs);
        }
    }

    private static boolean isCommand(Path file) {
        try {
            return Files.readString(file).contains("\n@Command(");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
