// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.stream.Stream;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.api.Difference;
import org.sluice.api.InspectService.Coverage;
import org.sluice.shell.command.TestShell.Result;
import org.sluice.shell.session.CommandException;

public class CommandsTest {
    private final StubServices services = new StubServices();
    private final TestShell shell = new TestShell(services, StubServices.BACKENDS);

    @After
    public void close() {
        shell.close();
        assertEquals("every machine opened for one command is closed", 0, services.leases);
    }

    @Test
    public void machinesOpenListAndClose() {
        assertJson(0, "machine-open synthetic:vtd --name two --json",
                "{'machine':'two','arch':'x86_64','units':1,'devices':2,'ramBytes':268435456,'origin':'stub:two'}");
        assertEquals(2, shell.run("machine-list --json").lines().size());
        assertEquals("", shell.run("machine-close two").out());
        assertEquals("", shell.run("machine-close lab").out());
        assertEquals("no machine is open: try machine-open PATH\n", shell.run("machine-list").out());
        assertEquals("", shell.run("machine-list --json").out());
        assertFailure("machine-close two", "no machine 'two' is open");
        assertFailure("machine-open /no/such/folder", "is neither an open machine nor a file");
    }

    @Test
    public void aCaptureTellsWhatItHolds() {
        assertJson(0, "machine-capture lab some/folder --json", "{'folder':'folder','pages':3,'zeroPages':1,'imageBytes':16384}");
    }

    @Test
    public void machineInfoIsOneLinePerFact() {
        assertEquals("""
                machine        lab
                arch           x86_64
                units          1
                devices        2
                ram bytes      256M
                origin         stub:lab
                ram            0x0-0xfffffff
                present bytes  0
                unit list      dmar0 (intel-vtd, vtd, ACTIVE)
                groups         0
                """, shell.run("machine-info lab").out());
    }

    @Test
    public void unitsAndTheirRegisters() {
        assertJson(0, "unit-list lab --json",
                "{'index':0,'unit':'dmar0','type':'intel-vtd','backend':'vtd','state':'ACTIVE','registers':'0xfed90000'}");
        assertJson(0, "unit-registers lab 0 --json",
                "{'unit':'dmar0','name':'GSTS','offset':'0x1c','bits':32,'value':'0x80000000','fields':[{'name':'TES',"
                        + "'high':31,'low':31,'value':'0x1'}]}",
                "{'unit':'dmar0','name':'RTADDR','offset':'0x20','bits':64}");
        assertEquals("""
                OFFSET  NAME    BITS  VALUE       FIELDS
                0x01c   GSTS      32  0x80000000  TES
                0x020   RTADDR    64  -           -
                """, shell.run("unit-registers lab dmar0").out());
        assertJson(0, "unit-queues lab 0 --json",
                "{'unit':'dmar0','queue':'invalidation-queue','index':3,'address':'0x1a04030','pending':true,"
                        + "'structure':'context-entry','entry':'0x00000000000000000000000000000011','text':'context cache, global'}");
        assertFailure("unit-registers lab 7", "there is no unit '7' in lab");
    }

    @Test
    public void devicesEndWithTheirSums() {
        assertEquals("""
                DEVICE        UNIT   BACKEND  DOMAIN  TABLE KIND    LEVELS  MAPPINGS  MAPPED BYTES  STATE       TEXT
                0000:00:03.0  dmar0  vtd           4  second-stage       4         2            8K  TRANSLATED  -
                0000:00:04.0  -      -             -  -                  -         -             -  UNKNOWN     no unit serves it
                2 devices, 2 mappings, 8K
                """, shell.run("device-list lab").out());
        assertJson(0, "device-list lab --json",
                "{'device':'0000:00:03.0','unit':'dmar0','backend':'vtd','domain':4,'tableKind':'second-stage','levels':4,"
                        + "'mappings':2,'mappedBytes':8192,'state':'TRANSLATED'}",
                "{'device':'0000:00:04.0','state':'UNKNOWN','detail':'NO_UNIT','text':'no unit serves it'}");
    }

    @Test
    public void dumpTellsWhatItCouldNotRead() {
        services.coverage = new Coverage(2, List.of(0x7000L), 1);
        Result result = shell.run("table-dump lab 00:03.0 --json");
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x1000','last':'0x2fff','output':'0x201000','bytes':8192,"
                + "'read':true,'write':true,'execute':false,'pageSizes':[4096]}\n"), result.out());
        assertEquals("incomplete: 1 table not in the image, the first at 0x7000\n", result.err());
        assertEquals(0, result.status());
        services.mappings.clear();
        assertEquals("nothing is mapped\n", shell.run("table-dump lab").out());
        assertFailure("table-dump lab 00:1f.7", "no unit of lab knows 0000:00:1f.7");
    }

    @Test
    public void defectsAndDifferencesAreNegativeAnswers() {
        assertEquals("no defect in 2 entries\n", shell.run("table-verify lab").out());
        assertEquals(0, shell.run("table-verify lab --json").status());
        services.defects.add(new Defect(StubServices.NIC, "dmar0", "reserved-bit", 0x1a02180, List.of(0x1a03011L, 2L),
                "bits 11:4 must be zero", "VT-d 9.3"));
        assertJson(1, "table-verify lab --json",
                "{'device':'0000:00:03.0','unit':'dmar0','defect':'reserved-bit','address':'0x1a02180',"
                        + "'entry':'0x00000000000000020000000001a03011','rule':'bits 11:4 must be zero','clause':'VT-d 9.3'}");
        assertEquals("no difference in 2 mappings\n", shell.run("table-diff lab lab").out());
        services.differences.add(new Difference("only-left", StubServices.MAPPING, null));
        Result result = shell.run("table-diff lab lab --json");
        assertEquals(1, result.status());
        assertTrue(result.out(), result.out().startsWith(
                TestShell.json("{'kind':'only-left','device':'0000:00:03.0','iova':'0x1000','last':'0x2fff','left':{")));
    }

    @Test
    public void faultsAndRegions() {
        assertJson(0, "fault-list lab --json",
                "{'unit':'dmar0','index':0,'device':'0000:00:03.0','iova':'0xdead000','access':'r','fault':'read-not-permitted',"
                        + "'faultCode':'0x6','meaning':'the tables do not allow a read','clause':'VT-d 7.1.3'}");
        assertJson(0, "region-list lab --json",
                "{'start':'0xfee00000','last':'0xfeefffff','bytes':1048576,'kind':'msi','origin':'architecture'}");
    }

    @Test
    public void vectorsAreWrittenAndRun() {
        assertJson(0, "vectors-export out --json", "{'folder':'out/vtd-legacy','unit':'intel-vtd','vectors':41}");
        String page = "{'case':'page','device':'0000:00:03.0','access':'r','iova':'0x1010','result':'mapped','output':'0x201010','event':[],'agrees':true,"
                + "'clause':'VT-d 9.8','witness':'spec'}";
        assertJson(0, "vectors-run out/vtd-legacy --json", page);
        assertJson(1, "vectors-run out/vtd-legacy --qemu default --json", page,
                "{'case':'denied','device':'0000:00:03.0','access':'w','iova':'0x3000','result':'fault','fault':'write-not-permitted',"
                        + "'faultCode':'0x5','event':['0x0000000000003000','0x0000000000000001'],'agrees':false,'expected':'0x203000','quirk':'vtd-known'}");
    }

    @Test
    public void conflictsSayTheirModeAndAreANegativeAnswer() {
        assertJson(1, "region-conflicts lab --ram 0x1000-0x1fff,0x3000-0x3fff --json",
                "{'mode':'guest','start':'0x1000','last':'0x1fff','kind':'msi','origin':'architecture','owner':'guest RAM 0x1000-0x1fff'}",
                "{'mode':'guest','start':'0x3000','last':'0x3fff','kind':'msi','origin':'architecture','owner':'guest RAM 0x3000-0x3fff'}");
        assertEquals("no conflict in mode driver (driver-owned IOVA)\n", shell.run("region-conflicts lab --mode driver --ram 0-1").out());
        assertFailure("region-conflicts lab --mode other", "'other' is no mode: it is physical, driver or guest");
        assertFailure("region-conflicts lab --ram 5", "'5' is not a range");
    }

    @Test
    public void faultsThatMadeRoomAreMissedAndCounted() {
        services.dropped = 7;
        Result result = shell.run("fault-list lab --no-format");
        assertEquals("incomplete: 7 older faults made room; --counts has them all\n", result.err());
        assertJson(0, "fault-list lab --counts --json", "{'unit':'dmar0','device':'0000:00:03.0','faults':8}", "{'unit':'dmar0','faults':1}");
        assertEquals("1 fault forgotten\n", shell.run("fault-clear lab").out());
    }

    @Test
    public void interruptsAreRemappedOrBlocked() {
        assertJson(0, "interrupt-remap lab 00:03.0 0xfee00010 0 --json",
                "{'device':'0000:00:03.0','address':'0xfee00010','data':'0x0','result':'remapped','vector':48,'destination':0,"
                        + "'mode':'physical','delivery':'fixed','trigger':'edge','outputAddress':'0xfee00008','outputData':'0x4030',"
                        + "'irte':'0x1a00010','irteIndex':1,'entry':'0x000000000004ff000000000000300009'}");
        assertJson(1, "interrupt-remap lab 00:03.0 0xfee00010 1 --json",
                "{'device':'0000:00:03.0','address':'0xfee00010','data':'0x1','result':'blocked','fault':'irte-not-present',"
                        + "'faultCode':'0x22','reason':'not present'}");
        assertFailure("interrupt-remap lab 00:03.0 0xfee00010", "give a device, an address and data, or --from FILE");
    }

    @Test
    public void messagesComeFromAFileToo() {
        Result result = shell.run("interrupt-remap lab --from - --json",
                "device\taddress\tdata\taccess\n-\t0xfee00000\t0x0\tw\n00:03.0\t0xfee00010\t1\tw\n");
        assertEquals(TestShell.json("""
                {'address':'0xfee00000','data':'0x0','result':'unknown','reason':'line 2: no device','line':2}
                {'device':'0000:00:03.0','address':'0xfee00010','data':'0x1','result':'blocked','fault':'irte-not-present',\
                'faultCode':'0x22','reason':'not present'}
                """), result.out());
        assertEquals(1, result.status());
        assertEquals(0, shell.run("interrupt-remap lab --from - --json", "bdf\taddress\tdata\n00:03.0\t0xfee00010\t1\n").status());
    }

    @Test
    public void layoutsAreListedShownAndDecoded() {
        assertEquals(3, shell.run("layout-list --json").lines().size());
        assertEquals("""
                vtd/context-entry: Context entry, 128 bits (VT-d 9.3)
                BITS   FIELD     KIND      MEANING             VALUES
                0      P         value     present             -
                3:2    TT        value     translation type    0=untranslated; 2=pass-through
                11:4   reserved  reserved  -                   -
                63:12  SLPTPTR   address   second-stage table  -
                66:64  AW        value     address width       2=48-bit
                """, shell.run("layout-show vtd/context-entry").out());
        assertEquals("""
                vtd/second-stage-4: Four levels, 48 to 46 bits (VT-d 3.7)
                LEVEL  INDEX  TABLE BYTES  LEAF SIZES  ENTRY
                    2  29:21           4K  2M          second-stage-entry
                    1  20:12           4K  4K          second-stage-entry
                """, shell.run("layout-show second-stage-4").out());
        String decoded = """
                BITS   FIELD     VALUE      TEXT          MEANING
                0      P         0x1        -             present
                3:2    TT        0x0        untranslated  translation type
                11:4   reserved  0x1        must be zero  -
                63:12  SLPTPTR   0x1a03000  -             second-stage table
                66:64  AW        0x2        48-bit        address width
                """;
        assertEquals(decoded, shell.run("layout-decode vtd/context-entry 0x1a03011 2").out());
        assertEquals(decoded, shell.run("layout-decode vtd/context-entry 0x0000000000000002_0000000001a03011").out());
    }

    @Test
    public void layoutsThatCannotBeMeantAreRefused() {
        assertFailure("layout-show context-entry", "'context-entry' is the name of several: none/context-entry, vtd/context-entry");
        assertFailure("layout-show contxt-entry", "there is no structure or format 'contxt-entry'; did you mean none/context-entry");
        assertFailure("layout-show xyz", "there is no structure or format 'xyz': see layout-list");
        assertFailure("layout-decode vtd/second-stage-4 0", "there is no structure 'vtd/second-stage-4'");
        assertFailure("layout-decode vtd/context-entry 0x1", "has 128 bits: give 2 words, lowest first, or 32 digits; given were 64 bits");
        assertFailure("layout-decode vtd/context-entry 0xzz 1", "'0xzz' is not a hexadecimal number");
        assertFailure("layout-decode vtd/context-entry 0x00000000000000001 1", "is longer than a 64-bit word");
    }

    @Test
    public void backendsAreListedWithTheirCapabilities() {
        assertJson(0, "backend-list --json", "{'backend':'vtd','vendor':'Intel VT-d','version':'0.1.0','unitTypes':['intel-vtd'],"
                + "'halves':['inspector','model'],'state':'IDLE','units':[],'capabilities':[{'name':'pasid','support':'supported','guestSees':'works'}]}");
    }

    @Test
    public void quirksAreThoseOfTheBackendAndTheRelease() {
        String one = "{'backend':'amdvi','quirk':'amdvi-one','since':'7.2','architecture':'a is b (sheet 1)','emulator':'QEMU does c'}";
        String old = "{'backend':'vtd','quirk':'vtd-old','since':'7.2','before':'10.0','architecture':'d is e (sheet 2)','emulator':'QEMU does f'}";
        String late = "{'backend':'vtd','quirk':'vtd-new','since':'8.1','architecture':'g is h (sheet 3)','emulator':'QEMU does i'}";
        assertJson(0, "quirk-list --json", one, old, late);
        assertJson(0, "quirk-list vtd --json", old, late);
        assertJson(0, "quirk-list --qemu 7.2 --json", one, old);
        assertJson(0, "quirk-list vtd --qemu 8.0.5 --json", old);
        assertJson(0, "quirk-list vtd --qemu 8.1 --json", old, late);
        assertJson(0, "quirk-list vtd --qemu 10 --json", late);
        assertJson(0, "quirk-list vtd --qemu 10.0.2 --json", late);
        assertFailure("quirk-list smmuv9", "there is no backend 'smmuv9': see backend-list");
        assertFailure("quirk-list vtd --qemu new", "'new' is no release of QEMU; try: 7.2, or 10.0.2");
        assertFailure("quirk-list vtd --qemu 99999999999999999999", "is no release of QEMU");
    }

    @Test
    public void optionsAreRefusedInOneLine() {
        assertFailure("machine-list --jsn", "unknown option --jsn: machine-list has --json, --no-format; machine-list --help explains them");
        assertFailure("iommu:machine-open x --name", "option --name needs a value: machine-open --help explains it");
        assertNull(shell.run("machine-open synthetic:vtd --name=eq --json").failure());
    }

    @Test
    public void failureLeavesStatus2() {
        assertEquals(2, shell.run("machine-close nobody").status());
    }

    /** @param expected with single quotes for double ones */
    private void assertJson(int status, String line, String... expected) {
        Result result = shell.run(line);
        assertNull(result.failure());
        assertEquals(Stream.of(expected).map(TestShell::json).toList(), result.lines());
        assertEquals(status, result.status());
        assertEquals("", result.err());
    }

    private void assertFailure(String line, String expected) {
        Exception failure = shell.run(line).failure();
        assertTrue(line + " ended with " + failure, failure instanceof CommandException);
        assertTrue(failure.getMessage(), failure.getMessage().contains(expected));
    }
}
