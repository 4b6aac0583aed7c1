// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.sluice.testkit.nesting.UserTables;

/** The table of cases in the manual is what is tested: each test stands in it once, with the units that it runs over. */
public class ConformanceTableTest {
    private static final Path TABLE = Path.of("../../docs/vfio-conformance.md");
    private static final String HERE = "org.sluice.vfio.conformance.";
    private static final int COLUMNS = 5;

    @Test
    public void tableSaysWhatIsTested() throws IOException {
        TreeMap<String, String> written = new TreeMap<>();
        for (String line : Files.readAllLines(TABLE)) {
            String[] cells = line.split("\\|");
            if (cells.length == COLUMNS && cells[2].contains("Test.")) {
                assertEquals(line, "passes", cells[4].strip());
                assertEquals(line + " stands there twice", null, written.put(cells[2].strip(), cells[3].strip()));
            }
        }
        TreeMap<String, String> tested = new TreeMap<>();
        for (Class<?> type : classes()) {
            Arrays.stream(type.getDeclaredMethods()).filter(m -> m.isAnnotationPresent(Test.class))
                    .forEach(m -> tested.put(type.getSimpleName() + '.' + m.getName(), units(type)));
        }
        assertTrue("found only " + tested.size(), tested.size() > 80);
        assertEquals(String.join("\n", lines(tested)), String.join("\n", lines(written)));
    }

    private static List<String> lines(TreeMap<String, String> table) {
        return table.entrySet().stream().map(e -> e.getKey() + ' ' + e.getValue()).toList();
    }

    /** By the parameters that a class takes: kinds of rigs are all units, a backend's name is one of the backends, or of those that can nest. */
    private static String units(Class<?> type) {
        Class<?>[] parameters = type.getConstructors()[0].getParameterTypes();
        boolean parameterized = type.isAnnotationPresent(RunWith.class) && type.getAnnotation(RunWith.class).value() == Parameterized.class;
        if (parameterized && parameters[0] == Rigs.Kind.class) {
            return "all";
        }
        return !parameterized || parameters.length != 1 ? "mock" : parametersOf(type).equals(UserTables.BACKENDS) ? "nesting" : "backends";
    }

    private static Object parametersOf(Class<?> type) {
        try {
            return type.getMethod("parameters").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type + " has no parameters", e);
        }
    }

    private static List<Class<?>> classes() throws IOException {
        Path sources = Path.of("src/test/java", HERE.replace('.', '/'));
        try (Stream<Path> files = Files.list(sources)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith("Test.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length())).filter(name -> !name.equals("ConformanceTableTest"))
                    .<Class<?>>map(ConformanceTableTest::load).toList();
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(HERE + name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(name, e);
        }
    }
}
