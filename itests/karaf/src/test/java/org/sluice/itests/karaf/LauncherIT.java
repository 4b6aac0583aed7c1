// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The start script as a user or another script meets it: status, the two outputs, quoting, signals, nothing left behind. */
public class LauncherIT {
    private static final Path HOME = Path.of(System.getProperty("sluice.top"), "karaf-distribution", "target", "assembly");
    private static final String SCRIPT = HOME.resolve("bin/sluice").toString();
    private static final String CAPTURE = HOME.resolve("captures/vtd-legacy").toString();
    private static final long TIMEOUT_SECONDS = 60;

    @Rule
    public final TemporaryFolder scratch = new TemporaryFolder();

    private File temporary;
    private File folder = HOME.toFile();

    private record Answer(int status, String out, String err) {
        void isFailure(String... words) {
            assertEquals(err, 2, status);
            assertEquals("", out);
            assertEquals(err, 1, err.lines().count());
            for (String word : words) {
                assertTrue(err, err.contains(word));
            }
        }
    }

    @Before
    public void makeFolder() throws IOException {
        temporary = scratch.newFolder();
    }

    @After
    public void nothingIsLeftBehind() {
        assertEquals(List.of(), Arrays.asList(temporary.list()));
    }

    private Process start(File input, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder)
                .redirectInput(input).redirectOutput(new File(scratch.getRoot(), "out"))
                .redirectError(new File(scratch.getRoot(), "err"));
        builder.environment().put("TMPDIR", temporary.getPath());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("SLUICE_OPTS");
        return builder.start();
    }

    private Answer finish(Process process) throws IOException, InterruptedException {
        assertTrue("still running", process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        return new Answer(process.exitValue(), Files.readString(scratch.getRoot().toPath().resolve("out")),
                Files.readString(scratch.getRoot().toPath().resolve("err")));
    }

    private Answer run(String... arguments) throws IOException, InterruptedException {
        return finish(start(new File("/dev/null"), Stream.concat(Stream.of(SCRIPT), Stream.of(arguments)).toArray(String[]::new)));
    }

    private Answer runWithInput(String input, String... arguments) throws IOException, InterruptedException {
        Path file = Files.writeString(scratch.newFile().toPath(), input);
        return finish(start(file.toFile(), Stream.concat(Stream.of(SCRIPT), Stream.of(arguments)).toArray(String[]::new)));
    }

    /** The first row of the golden translations with this result: device, iova, access. */
    private static String[] row(String result) throws IOException {
        List<String> lines = Files.readAllLines(Path.of(CAPTURE, "expected-translations.tsv")).stream()
                .filter(line -> !line.startsWith("#")).toList();
        List<String> header = List.of(lines.get(0).split("\t"));
        int device = Math.max(header.indexOf("device"), header.indexOf("bdf"));
        return lines.stream().skip(1).map(line -> line.split("\t", -1))
                .filter(cells -> cells[header.indexOf("result")].equals(result))
                .map(cells -> new String[] {cells[device], cells[header.indexOf("iova")], cells[header.indexOf("access")]})
                .findFirst().orElseThrow();
    }

    @Test
    public void answerGoesToStandardOutputAlone() throws Exception {
        Answer answer = run("backend-list", "--json");
        assertEquals(answer.err(), 0, answer.status());
        assertEquals("", answer.err());
        assertTrue(answer.out(), answer.out().contains("\"backend\":\"vtd\""));
    }

    @Test
    public void scopeMayBeWritten() throws Exception {
        assertEquals(0, run("iommu:backend-list").status());
    }

    @Test
    public void negativeAnswerIsOne() throws Exception {
        String[] fault = row("fault");
        Answer answer = run("table-walk", CAPTURE, fault[0], fault[1], "--access", fault[2], "--json");
        assertEquals(answer.err(), 1, answer.status());
        assertTrue(answer.out(), answer.out().contains("\"result\":\"fault\""));
    }

    @Test
    public void positiveAnswerIsZero() throws Exception {
        String[] mapped = row("mapped");
        Answer answer = run("table-walk", CAPTURE, mapped[0], mapped[1], "--access", mapped[2], "--json");
        assertEquals(answer.err(), 0, answer.status());
        assertTrue(answer.out(), answer.out().contains("\"result\":\"mapped\""));
    }

    @Test
    public void unknownCommandNamesTheNearest() throws Exception {
        run("machine-lsit").isFailure("machine-lsit", "machine-list");
    }

    @Test
    public void unknownOptionOfTheScriptSaysWhatToTry() throws Exception {
        run("--nope").isFailure("--nope", "--help");
    }

    @Test
    public void missingFileIsOneLine() throws Exception {
        run("table-walk", "no-such-file", "00:03.0", "0x1000").isFailure("no-such-file");
    }

    @Test
    public void missingArgumentSaysWhereTheHelpIs() throws Exception {
        run("table-walk").isFailure("help table-walk");
    }

    @Test
    public void argumentsReachTheCommandUnread() throws Exception {
        String odd = "a  b;$x 'q' \"r\" |{}\\";
        folder = scratch.newFolder();
        Files.createSymbolicLink(folder.toPath().resolve(odd), Path.of(CAPTURE));
        Answer answer = run("machine-info", odd, "--json");
        assertEquals(answer.err(), 0, answer.status());
        assertEquals("", answer.err());
    }

    @Test
    public void relativePathsStartAtTheUsersFolder() throws Exception {
        folder = HOME.resolve("captures").toFile();
        Answer answer = run("machine-info", "vtd-legacy", "--json");
        assertEquals(answer.err(), 0, answer.status());
    }

    @Test
    public void scriptStopsAtAFailure() throws Exception {
        Answer answer = run("-c", "shell:echo one; machine-lsit; shell:echo two");
        assertEquals(2, answer.status());
        assertEquals("one\n", answer.out());
        assertEquals(answer.err(), 1, answer.err().lines().count());
    }

    @Test
    public void scriptGoesOnPastANegativeAnswer() throws Exception {
        String[] fault = row("fault");
        Answer answer = run("-c", "machine-open '" + CAPTURE + "' --name m\ntable-walk m " + fault[0] + " " + fault[1]
                + " --access " + fault[2] + "; shell:echo after");
        assertEquals(answer.err(), 1, answer.status());
        assertTrue(answer.out(), answer.out().endsWith("after\n"));
    }

    @Test
    public void scriptMayComeFromStandardInput() throws Exception {
        Answer answer = runWithInput("# a remark\nshell:echo 'a;b'\n");
        assertEquals(answer.err(), 0, answer.status());
        assertEquals("a;b\n", answer.out());
    }

    @Test
    public void commandsReadStandardInput() throws Exception {
        String[] mapped = row("mapped");
        Answer answer = runWithInput("device\tiova\taccess\n" + String.join("\t", mapped) + "\n",
                "table-walk", CAPTURE, "--from", "-", "--json");
        assertEquals(answer.err(), 0, answer.status());
        assertEquals(1, answer.out().lines().count());
    }

    @Test
    public void readerMayGoAway() throws Exception {
        Process process = start(new File("/dev/null"), "bash", "-c",
                "\"$0\" table-walk \"$1\" --from \"$1/expected-translations.tsv\" --json | head -n 1", SCRIPT, CAPTURE);
        Answer answer = finish(process);
        assertEquals("", answer.err());
        assertEquals(1, answer.out().lines().count());
    }

    @Test
    public void interruptEndsWithItsStatus() throws Exception {
        Process process = start(new File("/dev/null"), SCRIPT, "-c", "shell:echo ready; shell:sleep 50; shell:echo late");
        Path out = scratch.getRoot().toPath().resolve("out");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (Files.size(out) == 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        Answer answer = finish(process);
        assertEquals(130, answer.status());
        assertEquals("ready\n", answer.out());
    }

    @Test
    public void helpListsAndExplains() throws Exception {
        assertTrue(run("help").out().contains("table-walk"));
        Answer one = run("help", "table-walk");
        assertEquals(one.err(), 0, one.status());
        assertTrue(one.out(), one.out().contains("--from"));
        assertFalse("no colours in a file", one.out().contains("\u001b"));
    }

    @Test
    public void repositoryScriptExplainsItself() throws Exception {
        Answer answer = finish(start(new File("/dev/null"), System.getProperty("sluice.top") + "/sluice", "--help"));
        assertEquals(answer.err(), 0, answer.status());
        assertTrue(answer.out(), answer.out().contains("./sluice tour"));
    }

    @Test
    public void tourEndsWell() throws Exception {
        Answer answer = run("tour");
        assertEquals(answer.out() + answer.err(), 0, answer.status());
        assertTrue(answer.out(), answer.out().contains("sluice> machine-open"));
    }
}
