// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.PhysicalMemory;

/**
 * Fetches the firmware tables that a description names: from their files, else from the captured memory. A table in neither
 * place keeps its name with no bytes: it is known to exist, its content is not known.
 */
final class FirmwareFiles {
    static final int MAX_TABLE_BYTES = 4 << 20;
    static final int MAX_TABLES = 256;
    static final String DEVICE_TREE = "FDT";

    private final Path base;
    private final PhysicalMemory memory;

    FirmwareFiles(Path base, PhysicalMemory memory) {
        this.base = base;
        this.memory = memory;
    }

    /**
     * @param firmware value of the key {@code firmware}
     * @throws IommuException for a path that leaves the folder, a table out of proportion, or a file that cannot be read
     */
    List<FirmwareTable> read(Attributes firmware) {
        List<FirmwareTable> tables = new ArrayList<>();
        List<Attributes> stated = firmware.children("acpi");
        if (stated.size() > MAX_TABLES) {
            throw new IommuException(Reason.LIMIT, "'firmware': more than " + MAX_TABLES + " tables");
        }
        for (int i = 0; i < stated.size(); i++) {
            Attributes table = stated.get(i);
            tables.add(Trouble.in("firmware.acpi[" + i + "]", () -> table(table)));
        }
        firmware.text("fdt").ifPresent(file -> tables.add(new FirmwareTable(DEVICE_TREE, Trouble.in("firmware.fdt", () -> file(file)))));
        return tables;
    }

    private FirmwareTable table(Attributes table) {
        String signature = table.text("table").orElseThrow(() -> Trouble.bad("'table' is missing"));
        byte[] bytes = table.text("file").map(this::file).orElse(new byte[0]);
        long address = table.number("address").orElse(-1L);
        long length = table.number("length").orElse(0L);
        if (bytes.length == 0 && address >= 0 && length > 0 && length <= MAX_TABLE_BYTES) {
            bytes = inMemory(address, (int) length);
        }
        return new FirmwareTable(signature, bytes);
    }

    private byte[] inMemory(long address, int length) {
        if (memory.presence(address, length) != PhysicalMemory.Presence.PRESENT) {
            return new byte[0];
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = memory.readByte(address + i);
        }
        return bytes;
    }

    /** The bytes of a file of the folder; none if it is not there. */
    private byte[] file(String name) {
        Path file = resolve(name);
        if (!Files.exists(file)) {
            return new byte[0];
        }
        if (!Files.isRegularFile(file)) {
            throw Trouble.bad(file, "is not a regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_TABLE_BYTES + 1);
            if (bytes.length > MAX_TABLE_BYTES) {
                throw new IommuException(Reason.LIMIT, file + ": longer than " + MAX_TABLE_BYTES + " bytes, which no firmware table is");
            }
            return bytes;
        } catch (IOException e) {
            throw Trouble.io(file, e);
        }
    }

    private Path resolve(String name) {
        try {
            Path folder = base.toAbsolutePath().normalize();
            Path file = folder.resolve(name).normalize();
            if (!file.startsWith(folder) || Path.of(name).isAbsolute()) {
                throw Trouble.bad("'" + Trouble.oneLine(name) + "' leaves the capture's folder");
            }
            return base.resolve(name);
        } catch (InvalidPathException e) {
            throw Trouble.bad("'" + Trouble.oneLine(name) + "' is not a file name");
        }
    }
}
