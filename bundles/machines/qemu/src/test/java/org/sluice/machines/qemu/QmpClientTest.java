// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** The monitor's protocol, and every way in which it can end. */
public class QmpClientTest {
    private FakeQemu qemu;

    @Before
    public void start() throws Exception {
        qemu = new FakeQemu();
    }

    @After
    public void stop() throws Exception {
        qemu.close();
    }

    private IommuException refused(Path socket) {
        IommuException e = assertThrows(IommuException.class, () -> QmpClient.connect(socket).close());
        assertFalse("one line: " + e.getMessage(), e.getMessage().contains("\n"));
        return e;
    }

    @Test
    public void answersComeAsTheyAre() {
        qemu.answers.put("query-x", "{\"size\": 18446744073709551615, \"list\": [1, \"a\", null, true, 1.5], \"o\": {}}");
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            assertEquals(-1L, ((Map<?, ?>) client.execute("query-x")).get("size"));
            assertEquals("[1, a, null, true, 1.5]", ((Map<?, ?>) client.execute("query-x")).get("list").toString());
            qemu.answers.put("info version", FakeQemu.quote("7.2\n"));
            assertEquals(List.of("7.2\n", "7.2\n"), client.human(List.of("info version", "info version")));
        }
    }

    @Test
    public void aLongAnswerInManyPiecesIsOne() {
        qemu.answers.put("info long", FakeQemu.quote("0123456789abcdef".repeat(200_000)));
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            assertEquals(3_200_000, client.human("info long").length());
        }
    }

    @Test
    public void eventsAreCountedAndNoAnswers() {
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            qemu.event = "STOP";
            client.execute("query-status");
            assertEquals(0, client.resumed());
            qemu.event = "RESUME";
            assertTrue(client.object("query-status", Map.of()).flag("running"));
            assertEquals(1, client.resumed());
        }
    }

    @Test
    public void aRefusalLeavesTheConnectionInStep() {
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            IommuException e = assertThrows(IommuException.class, () -> client.execute("no-such"));
            assertEquals(Reason.UNSUPPORTED, e.reason());
            assertTrue(e.getMessage(), e.getMessage().contains("The command no-such has not been found"));
            assertTrue(client.object("query-status", Map.of()).flag("running"));
        }
    }

    @Test
    public void anEndedQemuIsSaidInOneLineAndStaysEnded() throws Exception {
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            qemu.hangUp();
            for (int i = 0; i < 2; i++) {
                IommuException e = assertThrows(IommuException.class, () -> client.execute("query-status"));
                assertEquals(Reason.IO, e.reason());
                assertTrue(e.getMessage(), e.getMessage().contains("QEMU has ended"));
            }
        }
    }

    @Test
    public void aMonitorThatServesSomebodyElseIsToldApart() {
        try (QmpClient first = QmpClient.connect(qemu.socket)) {
            assertTrue(refused(qemu.socket).getMessage().contains("one client at a time"));
            assertTrue("the first one is not disturbed", first.object("query-status", Map.of()).flag("running"));
        }
    }

    @Test
    public void whatIsNoMonitorIsRefused() throws Exception {
        qemu.greeting = "{\"hello\": 1}\r\n";
        assertEquals(Reason.BAD_FORMAT, refused(qemu.socket).reason());
        qemu.greeting = "QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ";
        IommuException human = refused(qemu.socket);
        assertEquals(Reason.BAD_FORMAT, human.reason());
        assertTrue(human.getMessage(), human.getMessage().contains("human monitor"));
        assertEquals(Reason.NOT_FOUND, refused(qemu.folder.resolve("nothing")).reason());
        Path file = Files.createFile(qemu.folder.resolve("file"));
        assertTrue(refused(file).getMessage().contains("is a file, no socket"));
        assertTrue(refused(qemu.folder).getMessage().contains("is a folder, no socket"));
        assertEquals(Reason.NOT_FOUND, refused(Path.of("/" + "x".repeat(200))).reason());
    }

    @Test
    public void whoIsInterruptedWaitsForTheAnswer() {
        try (QmpClient client = QmpClient.connect(qemu.socket)) {
            Thread.currentThread().interrupt();
            assertTrue(client.object("query-status", Map.of()).flag("running"));
            assertTrue("and stays interrupted", Thread.interrupted());
            assertTrue("the connection is in step", client.object("query-target", Map.of()).has("arch"));
        }
    }
}
