// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.shell.command.TestShell.Result;
import org.sluice.shell.session.CommandException;

public class TableWalkTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private final StubServices services = new StubServices();
    private final TestShell shell = new TestShell(services, StubServices.BACKENDS);

    @After
    public void close() {
        shell.close();
    }

    @Test
    public void mappedAddressIsOneObjectAndStatus0() {
        Result result = shell.run("table-walk lab 00:03.0 0x1234 --json");
        assertNull(result.failure());
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x1234','access':'r','result':'mapped','output':'0x201234',"
                + "'pageSize':4096,'read':true,'write':true,'execute':false,'level':1}\n"), result.out());
        assertEquals(0, result.status());
        assertEquals("", result.err());
    }

    @Test
    public void faultIsStatus1AndNamesTheCode() {
        Result result = shell.run("table-walk --json lab 00:03.0 0x999000 --access w");
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x999000','access':'w','result':'fault','fault':'read-not-permitted',"
                + "'faultCode':'0x6','level':3,'reason':'no entry at level 3'}\n"), result.out());
        assertEquals(1, result.status());
    }

    @Test
    public void leafThatForbidsTheAccessIsShown() {
        Result result = shell.run("table-walk lab 00:03.0 0x3000 --json");
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x3000','access':'r','result':'fault','pageSize':4096,'read':false,"
                + "'write':true,'execute':false,'fault':'read-not-permitted','faultCode':'0x6','level':1,"
                + "'reason':'the page is write-only'}\n"), result.out());
    }

    @Test
    public void unknownAnswerNamesTheMissingAddressAndIsStatus1() {
        Result result = shell.run("table-walk lab 00:04.0 0x1000 --json --pasid 7");
        assertEquals(TestShell.json("{'device':'0000:00:04.0','pasid':7,'iova':'0x1000','access':'r','result':'unknown','level':2,"
                + "'reason':'the table at 0x7000 is not in the image','missing':'0x7000'}\n"), result.out());
        assertEquals(1, result.status());
    }

    @Test
    public void passThroughHasPermissionsAndNoPageSize() {
        Result result = shell.run("table-walk lab 00:03.0 0xfee00000 --json");
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0xfee00000','access':'r','result':'mapped','output':'0xfee00000',"
                + "'read':true,'write':true,'execute':false,'reason':'pass-through: interrupt range'}\n"), result.out());
    }

    @Test
    public void verboseShowsEveryStructureDecoded() {
        Result result = shell.run("table-walk lab 00:03.0 0x1000 -v");
        assertEquals("""
                device       0000:00:03.0
                iova         0x0000000000001000
                access       r
                result       mapped
                output       0x0000000000201000
                page size    4K
                permissions  rw
                level        1

                STEP  STRUCTURE      ADDRESS             ENTRY                                  FIELDS
                   1  context-entry  0x0000000001a02180  0x0000000001a03001 0x0000000000000002  P TT=untranslated SLPTPTR=0x1a03000 AW=48-bit
                """, result.out());
    }

    @Test
    public void fileIsAnsweredRowByRowInOrder() throws Exception {
        Path file = Files.writeString(folder.newFile("rows.tsv").toPath(), """
                note\tiova\tdevice\taccess\r
                a\t0x1000\t0000:00:03.0\tr\r
                b\t0x1000\t0000:00:09.0\tr

                # a remark
                c\tzz\t00:03.0\tr
                d\t0x2000\t00:03.0\t-
                e\t0x2000
                f\t0x2000\t00:03.0\tq
                g\t8192\t00:03.0\tw""");
        Result result = shell.run("table-walk lab --from " + file + " --json");
        assertNull(result.failure());
        assertEquals("""
                {"device":"0000:00:03.0","iova":"0x1000","access":"r","result":"mapped","output":"0x201000","pageSize":4096,\
                "read":true,"write":true,"execute":false,"level":1}
                {"device":"0000:00:09.0","iova":"0x1000","access":"r","result":"unknown",\
                "reason":"line 3: no unit of lab knows 0000:00:09.0: see device-list","line":3}
                {"device":"0000:00:03.0","access":"r","result":"unknown",\
                "reason":"line 6: 'zz' is not a number: write 0x... or decimal, below 2^64","line":6}
                {"device":"0000:00:03.0","iova":"0x2000","access":"r","result":"fault","fault":"read-not-permitted",\
                "faultCode":"0x6","level":3,"reason":"no entry at level 3"}
                {"iova":"0x2000","access":"r","result":"unknown","reason":"line 8: no device","line":8}
                {"device":"0000:00:03.0","iova":"0x2000","result":"unknown",\
                "reason":"line 9: 'q' is not an access: write r, w or x","line":9}
                {"device":"0000:00:03.0","iova":"0x2000","access":"w","result":"fault","fault":"read-not-permitted",\
                "faultCode":"0x6","level":3,"reason":"no entry at level 3"}
                """, result.out());
        assertEquals(1, result.status());
    }

    @Test
    public void faultsInAFileAreNoNegativeAnswer() {
        Result result = shell.run("table-walk lab --from - --json", "bdf\tiova\n00:03.0\t0x9000\n");
        assertEquals(1, result.lines().size());
        assertEquals(0, result.status());
    }

    @Test
    public void plainFormIsTabSeparatedUnderAHeader() {
        Result result = shell.run("table-walk lab --from - --no-format", "bdf\tiova\n00:03.0\t0x1000\n");
        assertEquals("""
                device\tiova\taccess\tresult\toutput\tpageSize\tpermissions\tfault\tfaultCode\tlevel\treason
                0000:00:03.0\t0x1000\tr\tmapped\t0x201000\t4096\trw\t-\t-\t1\t-
                """, result.out());
    }

    @Test
    public void badInputIsOneLineThatSaysWhatToTry() {
        assertFailure("table-walk lab", "give a device and an IOVA, or --from FILE");
        assertFailure("table-walk lab 00:03.0", "give a device and an IOVA");
        assertFailure("table-walk lab 00:03.0 0x1 --from x", "give a device and an IOVA, or --from FILE");
        assertFailure("table-walk lab 00:3.0 0x1", "'00:3.0' is not a device: write SSSS:BB:DD.F");
        assertFailure("table-walk lab 00:03.0 0xzz", "'0xzz' is not a number");
        assertFailure("table-walk lab 00:03.0 0x1 --access q", "'q' is not an access: write r, w or x");
        assertFailure("table-walk lab 00:03.0 0x1 --pasid 0x100000", "'0x100000' is not a PASID");
        assertFailure("table-walk lab 00:1f.0 0x1", "no unit of lab knows 0000:00:1f.0");
        assertFailure("table-walk nowhere 00:03.0 0x1", "'nowhere' is neither an open machine nor a file under");
        assertFailure("table-walk lab --from /no/such/file", "no such file: /no/such/file");
        assertFailure("table-walk lab --from " + folder.getRoot(), "is a directory");
        assertFailure("table-walk lab --form x", "unknown option --form: table-walk has --access, --from, --json, --no-format, --pasid, --stop, -v");
        assertFailure("table-walk", "machine is required");
        assertFailure("table-walk lab 00:03.0 0x1 0x2", "Too many arguments");
    }

    @Test
    public void fileWithoutTheColumnsIsRefused() {
        Result result = shell.run("table-walk lab --from -", "hello\tworld\n");
        assertEquals("standard input: no column 'device' or 'bdf' in the header, its first line is 'hello world'; give tab-separated lines "
                + "whose first line names the columns", result.failure().getMessage());
        result = shell.run("table-walk lab --from -", "");
        assertTrue(result.failure().getMessage(), result.failure().getMessage().contains("it is empty"));
        assertEquals(0, services.leases);
    }

    @Test
    public void nothingToAnswerIsSaidInTheTableOnly() {
        assertEquals("standard input has no row below its header\n", shell.run("table-walk lab --from -", "device\tiova\n").out());
        assertEquals("", shell.run("table-walk lab --from - --json", "device\tiova\n").out());
    }

    private void assertFailure(String line, String expected) {
        Result result = shell.run(line);
        assertTrue(line + " threw nothing", result.failure() != null);
        String message = result.failure().getMessage();
        assertTrue(message, message.contains(expected));
        assertEquals(message, 1, message.lines().count());
        assertEquals("", result.out());
        if (result.failure() instanceof CommandException own) {
            assertEquals(message, own.getNiceHelp());
        }
    }
}
