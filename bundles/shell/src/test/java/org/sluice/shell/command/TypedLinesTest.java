// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Lines as somebody types them at the prompt. Karaf reads these in another way than those of scripts and of the launcher. */
public class TypedLinesTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private final TestShell shell = new TestShell(new StubServices(), StubServices.BACKENDS);

    @After
    public void close() {
        shell.close();
    }

    private String type(String... lines) throws IOException {
        return shell.type(folder.newFile().toPath(), lines);
    }

    /** How often it is on the screen; the prompt may be drawn before it in the same line. */
    private static int count(String screen, String part) {
        return screen.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    public void optionsMayFollowArguments() throws IOException {
        String screen = type("unit-list lab --json");
        assertEquals(screen, 1, count(screen, "\"unit\":\"dmar0\""));
    }

    @Test
    public void everyCommandOfALineRuns() throws IOException {
        String screen = type("machine-list --json; unit-list lab --json");
        assertEquals(screen, 1, count(screen, "\"machine\":\"lab\""));
        assertEquals(screen, 1, count(screen, "\"unit\":\"dmar0\""));
        assertTrue(screen, screen.indexOf("\"machine\":\"lab\"") < screen.indexOf("\"unit\":\"dmar0\""));
    }

    @Test
    public void aPipeRunsBothItsEnds() throws IOException {
        String screen = type("unit-list lab --json | backend-list --json");
        assertEquals(screen, 0, count(screen, "rror"));
        assertEquals(screen, 1, count(screen, "\"backend\":\"vtd\""));
    }

    @Test
    public void unknownOptionIsOneLineAndTheNextCommandRuns() throws IOException {
        String screen = type("unit-list lab --jsn", "unit-list lab --json");
        assertEquals(screen, 1, count(screen, "unknown option --jsn: unit-list has"));
        assertFalse(screen, screen.contains("\tat "));
        assertEquals(screen, 1, count(screen, "\"unit\":\"dmar0\""));
    }

    @Test
    public void helpIsAnAnswerLikeAnother() {
        TestShell.Result help = shell.run("unit-list --help");
        assertEquals(Outcome.DONE.status(), help.status());
        assertTrue(help.out(), help.out().contains("--json"));
    }

    /** A service that the component does not wait for would be missing when a command runs. */
    @Test
    public void theComponentWaitsForAllThatCommandsReferTo() {
        Set<String> wanted = Stream.concat(Commands.ALL.stream(), Registration.COMPLETERS.stream()).flatMap(TypedLinesTest::ancestry)
                .flatMap(c -> Stream.of(c.getDeclaredFields())).filter(f -> f.isAnnotationPresent(Reference.class)).map(Field::getType)
                .filter(t -> t != Session.class).map(Class::getName).collect(Collectors.toCollection(TreeSet::new));
        Set<String> awaited = Stream.of(ShellCommands.class.getDeclaredFields()).map(f -> f.getType().getName())
                .filter(n -> n.startsWith("org.sluice.api.")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(wanted, awaited);
    }

    private static Stream<Class<?>> ancestry(Class<?> type) {
        return Stream.iterate(type, t -> t != null && t != Object.class, Class::getSuperclass);
    }
}
