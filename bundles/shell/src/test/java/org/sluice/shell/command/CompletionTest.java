// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.util.List;

import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.shell.session.UserPaths;

public class CompletionTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private final TestShell shell = new TestShell(new StubServices(), StubServices.BACKENDS);

    @After
    public void close() {
        System.clearProperty(UserPaths.DIRECTORY);
        shell.close();
    }

    @Test
    public void machinesAreOpenOnesAndWhatCanBeOpened() throws IOException {
        folder.newFolder("lanes");
        folder.newFile("large.elf");
        folder.newFile(".lahidden");
        System.setProperty(UserPaths.DIRECTORY, folder.getRoot().toString());
        assertEquals(List.of("lab", "lanes/", "large.elf"), shell.complete("table-dump la"));
        assertEquals(List.of("synthetic:vtd"), shell.complete("machine-open syn"));
        assertEquals(List.of("lab"), shell.complete("machine-close "));
        assertEquals(List.of("qemu:"), shell.complete("machine-open qe"));
        assertEquals(List.of("qemu:lanes/", "qemu:large.elf"), shell.complete("table-dump qemu:la"));
        folder.newFile("lanes/memory.elf");
        assertEquals(List.of("lanes/memory.elf"), shell.complete("table-diff lab lanes/"));
    }

    @Test
    public void devicesAndUnitsAreThoseOfTheMachineNamedBefore() {
        assertEquals(List.of("0000:00:03.0", "0000:00:04.0"), shell.complete("table-walk lab 0000"));
        assertEquals(List.of("0000:00:03.0", "0000:00:04.0"), shell.complete("table-walk lab --json 0"));
        assertEquals(List.of("0", "dmar0"), shell.complete("unit-registers lab "));
        assertEquals(List.of(), shell.complete("unit-registers elsewhere "));
    }

    @Test
    public void optionsAndTheirValuesCompleteAnywhere() {
        assertTrue(shell.complete("table-walk lab 0000:00:03.0 0x1000 --acc").contains("--access"));
        assertEquals(List.of("r", "w", "x"), shell.complete("table-walk lab 0000:00:03.0 0x1000 --access "));
        assertTrue(shell.complete("table-walk lab --from ").contains("-"));
    }

    @Test
    public void layoutsAreOfferedWithTheirBackend() {
        assertEquals(List.of("vtd/context-entry", "vtd/second-stage-4"), shell.complete("layout-show vtd"));
        assertEquals(List.of("vtd/context-entry"), shell.complete("layout-decode vtd"));
    }
}
