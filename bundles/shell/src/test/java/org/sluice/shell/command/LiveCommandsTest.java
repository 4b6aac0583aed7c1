// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.sluice.shell.command.TestShell.Result;

/** Commands and options for machines that run. */
public class LiveCommandsTest {
    private final StubServices services = new StubServices();
    private final TestShell shell = new TestShell(services, StubServices.BACKENDS);

    @After
    public void close() {
        shell.close();
        assertEquals("every machine opened for one command is closed", 0, services.leases);
    }

    @Test
    public void anyCommandCanStopTheMachine() {
        for (String command : List.of("table-dump lab", "device-list lab", "unit-list lab", "machine-capture lab folder", "machine-open synthetic:vtd --name x")) {
            shell.run(command);
            assertFalse(command, services.lastStopped);
            assertEquals(0, shell.run(command.replace("--name x", "--name y") + " --stop").status());
            assertTrue(command, services.lastStopped);
        }
    }

    @Test
    public void aFullCaptureIsAskedFor() {
        assertEquals(TestShell.json("{'folder':'all of folder','pages':3,'zeroPages':1,'imageBytes':16384}\n"),
                shell.run("machine-capture lab some/folder --full --json").out());
    }

    @Test
    public void changesComeAsRows() {
        assertEquals("""
                MILLIS  CHANGE    DEVICE        PASID  IOVA                BYTES  OUTPUT              PERMISSIONS
                    50  appeared  0000:00:03.0      -  0x0000000000001000     8K  0x0000000000201000  rw
                   100  appeared  0000:00:03.0      -  0x0000000000001000     8K  0x0000000000201000  rw
                """, shell.run("table-watch lab --interval 50 --count 2").out());
        assertEquals(TestShell.json("{'millis':1000,'change':'appeared','device':'0000:00:03.0','iova':'0x1000','last':'0x2fff','bytes':8192,"
                + "'output':'0x201000','read':true,'write':true}\n"), first(shell.run("table-watch lab 00:03.0 --json")));
    }

    @Test
    public void ratesComeAsRowsInstead() {
        assertEquals(TestShell.json("{'millis':500,'device':'0000:00:03.0','appeared':1,'vanished':0,'changed':0,'perSecond':2,'mappings':2,"
                + "'mappedBytes':8192}\n"), first(shell.run("table-watch lab --rates --interval 500 --json")));
    }

    @Test
    public void faultsComeAsTheyAreListed() {
        assertEquals(shell.run("fault-list lab --json").out(), shell.run("fault-tail lab --count 1 --json").out());
    }

    @Test
    public void aPaceThatMakesNoSenseIsRefused() {
        for (String option : List.of("--interval 0", "--count -1", "--for x", "--for 99999999999")) {
            Result result = shell.run("fault-tail lab " + option);
            assertEquals(option, 2, result.status());
        }
    }

    @Test
    public void aPictureFitsTheTerminal() {
        Result result = shell.run("table-draw lab 00:03.0");
        assertEquals("""
                IOVA                FREE  CELL  CELLS
                0x0000000000001000    4K    4K  ##
                # rw  R read  W write  + r w in part  x reserved  ! mapped though reserved
                """, result.out());
        assertEquals("nothing is mapped\n", shell.run("table-draw lab 00:04.0").out());
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x1000','last':'0x2fff','freeBefore':4096,'cellBytes':4096,'mappings':1,"
                + "'mappedBytes':8192,'cells':'##'}\n"), shell.run("table-draw lab 00:03.0 --json").out());
    }

    private static String first(Result result) {
        return result.lines().get(0) + "\n";
    }
}
