// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;

import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.testkit.Captures;

/** Each kind of bad input has one line that says what and why; nothing else escapes. */
public class BadInputTest {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private Path folder;
    private Path json;
    private Path elf;

    @Before
    public void copyACapture() {
        folder = Captures.copy("vtd-legacy", temporary.getRoot().toPath());
        json = folder.resolve("machine.json");
        elf = folder.resolve("memory.elf");
    }

    private void refused(Reason reason, String... parts) {
        refused(folder, reason, parts);
    }

    private static void refused(Path path, Reason reason, String... parts) {
        IommuException e = assertThrows(IommuException.class, () -> new CaptureSource().open(path.toString(), Progress.NONE));
        for (String part : parts) {
            assertTrue(e.getMessage(), e.getMessage().contains(part));
        }
        assertFalse("one line", e.getMessage().contains("\n"));
        assertEquals(e.getMessage(), reason, e.reason());
    }

    private void description(UnaryOperator<String> edit) throws IOException {
        String text = Files.readString(json);
        String edited = edit.apply(text);
        assertFalse("the edit changed nothing", text.equals(edited));
        Files.writeString(json, edited);
    }

    private void descriptionRefused(String from, String to, String... parts) throws IOException {
        String text = Files.readString(json);
        description(t -> t.replaceFirst(from, to));
        refused(Reason.BAD_FORMAT, parts);
        Files.writeString(json, text);
    }

    private void elfByte(int at, int value) throws IOException {
        byte[] bytes = Files.readAllBytes(elf);
        bytes[at] = (byte) value;
        Files.write(elf, bytes);
    }

    @Test
    public void aMissingFileOrFolder() {
        refused(folder.resolve("nothing"), Reason.NOT_FOUND, "no such file or folder");
    }

    @Test
    public void aFolderWithoutDescriptionOrWithoutMemory() throws IOException {
        refused(temporary.newFolder("empty").toPath(), Reason.NOT_FOUND, "folder without machine.json");
        Files.delete(elf);
        refused(Reason.NOT_FOUND, "no memory", "memory.elf");
        Files.delete(json);
        refused(Reason.NOT_FOUND, "folder without machine.json");
    }

    @Test
    public void aFolderWithTwoImages() throws IOException {
        Files.createFile(folder.resolve("memory.raw"));
        refused(Reason.CONFLICT, "both memory.elf and memory.raw");
    }

    @Test
    public void emptyFiles() throws IOException {
        Path empty = temporary.newFile("empty.elf").toPath();
        refused(empty, Reason.TRUNCATED, "0 bytes");
        Files.write(elf, new byte[0]);
        refused(Reason.TRUNCATED, "0 bytes");
        Files.write(json, new byte[0]);
        refused(Reason.BAD_FORMAT, "machine.json: is empty");
    }

    @Test
    public void aTruncatedImageNamesBothSizes() throws IOException {
        byte[] bytes = Files.readAllBytes(elf);
        Files.write(elf, Arrays.copyOf(bytes, bytes.length - 1));
        refused(Reason.TRUNCATED, "is truncated", "the file has 0x43fff bytes");
        Files.write(elf, Arrays.copyOf(bytes, 100));
        refused(Reason.TRUNCATED, "table of segments");
        Files.write(elf, Arrays.copyOf(bytes, 20));
        refused(Reason.TRUNCATED, "20 bytes");
    }

    @Test
    public void anImageOfAnotherMachine() throws IOException {
        elfByte(18, 183);
        refused(Reason.BAD_FORMAT, "is a core of aarch64, but", "describes x86_64");
        elfByte(18, 3);
        refused(Reason.UNSUPPORTED, "ELF machine type 3");
    }

    @Test
    public void bigEndianWhereLittleIsDue() throws IOException {
        Files.delete(elf);
        new ElfFile().machine(ElfFile.X86_64, ByteOrder.BIG_ENDIAN).load(0, 4096).write(elf);
        refused(Reason.BAD_FORMAT, "is big-endian, but cores of x86_64 are little-endian");
    }

    @Test
    public void filesThatAreNotCores() throws IOException {
        elfByte(16, 2);
        refused(Reason.BAD_FORMAT, "type 2, not a core");
        elfByte(4, 1);
        refused(Reason.UNSUPPORTED, "32-bit");
        Path other = temporary.newFile("other").toPath();
        for (String[] one : new String[][] {{"KDUMP   rest of it", "makedumpfile -E"}, {"makedumpfile\0\0\0\0", "makedumpfile -R"},
                {"\u001f\u008bxxxxxxxx", "unpack it first"}, {"{\"schema\": 1}", "is text"}, {"some text", "not an ELF core"}}) {
            Files.write(other, one[0].getBytes(StandardCharsets.ISO_8859_1));
            IommuException e = assertThrows(IommuException.class, () -> new CaptureSource().open(other.toString(), Progress.NONE));
            assertTrue(e.getMessage(), e.getMessage().contains(one[1]));
        }
    }

    @Test
    public void theCoreOfAProcess() throws IOException {
        Path core = new ElfFile().load(0, 4096).load(0, 8192).write(temporary.getRoot().toPath().resolve("core"));
        refused(core, Reason.UNSUPPORTED, "core of a process");
    }

    @Test
    public void syntaxErrorsNameLineAndColumn() throws IOException {
        Files.writeString(json, "{\n  \"schema\": nonsense\n}");
        refused(Reason.BAD_FORMAT, "line 2 column", "nonsense");
        Files.writeString(json, "{\n  \"schema\": \"iommu-capture/1\",\n");
        refused(Reason.BAD_FORMAT, "line 3");
        Files.writeString(json, "{} {}");
        refused(Reason.BAD_FORMAT, "after the end");
        Files.writeString(json, "[1]");
        refused(Reason.BAD_FORMAT, "an object is due");
        Files.writeString(json, "{\"a\": 1, \"a\": 2}");
        refused(Reason.BAD_FORMAT, "Duplicate");
        Files.writeString(json, "{\"a\": 99999999999999999999}");
        refused(Reason.BAD_FORMAT, "line 1", "does not fit 64 bits");
        Files.write(json, new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', ':', '1', '}'});
        refused(Reason.BAD_FORMAT, "UTF-8");
        Files.writeString(json, "{\"a\":".repeat(200) + "1" + "}".repeat(200));
        refused(Reason.BAD_FORMAT, "epth");
    }

    @Test
    public void aDescriptionOutOfProportion() throws IOException {
        Files.writeString(json, "{\"schema\": \"iommu-capture/1\", \"a\": [" + "0,".repeat(JsonTree.MAX_VALUES) + "0]}");
        refused(Reason.LIMIT, "more than");
    }

    @Test
    public void valuesThatMakeNoSense() throws IOException {
        descriptionRefused("iommu-capture/1", "iommu-capture/2", "'schema' is 'iommu-capture/2'");
        descriptionRefused("\"x86_64\"", "\"riscv64\"", "'arch' is 'riscv64'");
        descriptionRefused("\"little\"", "\"big\"", "'byteOrder' is 'big'");
        descriptionRefused("\"ram\": \\[", "\"ram\": [{\"start\": \"0x5\", \"last\": \"0x1\"}, ", "'ram'", "after its end");
        descriptionRefused("\"ram\": \\[", "\"ram\": [{\"start\": \"0x1000\", \"last\": \"0x1fff\"}, ", "'ram'", "overlap");
        descriptionRefused("\"ram\": \\[", "\"ram\": [{\"start\": \"0x10000000000000\", \"last\": \"0x10000000000fff\"}, ", "highest physical");
        descriptionRefused("\"start\": \"0x0\"", "\"start\": \"zero\"", "'start' is not a number");
        descriptionRefused("\"start\": \"0x0\"", "\"start\": -1", "'start' is not a number");
        descriptionRefused("\"start\": \"0x0\"", "\"start\": 1.5", "'start' is not");
        descriptionRefused("\"mmioBase\": \"0xfed90000\"", "\"mmioBase\": {}", "units[0]", "'mmioBase'");
        descriptionRefused("\"units\": \\[", "\"units\": [3, ", "'units' is not a list of objects");
        descriptionRefused("\"value\": \"0xd2008c222f0606\"", "\"value\": \"0x5\"", "units[0]", "CAP", "given twice");
        descriptionRefused("\"value\": \"0xd2008c222f0606\"", "\"value\": \"0x10000000000000000\"", "register CAP", "does not fit 64 bits");
        descriptionRefused("\"offset\": \"0x8\"", "\"offset\": \"0x9\"", "register CAP", "not a 4-aligned place");
        descriptionRefused("\"offset\": \"0x8\"", "\"offset\": \"0xfffffffc\"", "register CAP", "not a 4-aligned place");
        descriptionRefused("\"device\": \"0000:00:02.0\"", "\"device\": \"0000:00:00.0\"", "devices[1]", "there twice");
        descriptionRefused("\"device\": \"0000:00:02.0\"", "\"device\": \"0000:00:42.9\"", "devices[1]", "is not a device");
        descriptionRefused("\"unit\": \"dmar0\"", "\"unit\": \"dmar7\"", "devices[0]", "no unit 'dmar7'");
    }

    @Test
    public void zeroRangesMustBeWholePagesOfRamThatTheImageDoesNotHold() throws IOException {
        descriptionRefused("\"zeroRanges\": \\[", "\"zeroRanges\": [{\"start\": \"0x10000000\", \"last\": \"0x10000fff\"}, ", "outside 'ram'");
        descriptionRefused("\"zeroRanges\": \\[", "\"zeroRanges\": [{\"start\": \"0x2000\", \"last\": \"0x2ffe\"}, ", "not whole 4 KiB pages");
        descriptionRefused("\"zeroRanges\": \\[", "\"zeroRanges\": [{\"start\": \"0x3e13000\", \"last\": \"0x3e13fff\"}, ", "overlap", "0x3e13000");
    }

    @Test
    public void aFirmwareFileMustStayInTheFolder() throws IOException {
        descriptionRefused("acpi/DMAR.dat", "../../secret", "leaves the capture's folder");
        descriptionRefused("acpi/DMAR.dat", "/etc/hostname", "leaves the capture's folder");
        descriptionRefused("acpi/DMAR.dat", "acpi", "not a regular file");
    }

    @Test
    public void aDamagedFirmwareTableDoesNotKeepTheMachineFromOpening() throws IOException {
        Files.write(folder.resolve("acpi/DMAR.dat"), new byte[] {1, 2, 3});
        try (var machine = new CaptureSource().open(folder.toString(), Progress.NONE)) {
            assertTrue(machine.description().extra().text("firmwareProblems").orElseThrow().contains("3 bytes"));
        }
    }
}
