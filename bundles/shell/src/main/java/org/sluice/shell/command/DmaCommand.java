// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.DmaRow;
import org.sluice.shell.session.Console;

/** One access to memory as a device would make it, through whatever serves the device now. */
abstract class DmaCommand extends MachineCommand {
    private static final int LINE = 16;

    @Reference
    private DmaService dma;

    @Reference
    private FaultService faults;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "iova", required = true, description = "Input address of the first byte")
    private String iova;

    @Option(name = "--pasid", description = "Process address space id of the access")
    private String pasid;

    @Override
    protected final Outcome run(Console console, Machine target) throws IOException {
        DeviceId who = Arguments.device(device);
        int process = Arguments.pasid(pasid);
        DmaRow row = access(target, who, process);
        console.record(DmaRow.SCHEMA, row);
        if (row.hasData()) {
            show(console, row);
        }
        return Outcome.positiveIf(row.arrived());
    }

    private DmaRow access(Machine target, DeviceId who, int process) {
        byte[] data = data();
        long at = Arguments.range(iova, String.valueOf(data.length)).start();
        int result = access(dma.port(target, who, process), at, data);
        return new DmaRow(who, process, at, data.length, result, recorded(faults, target, who, result), reads() ? data : null);
    }

    /** The newest fault of the device with the code that an access got; null if it got none, or the unit recorded none. */
    static Fault recorded(FaultService faults, Machine target, DeviceId who, int result) {
        if (result >= 0) {
            return null;
        }
        List<FaultRecord> records = faults.history(target).records();
        for (int i = records.size() - 1; i >= 0; i--) {
            FaultRecord record = records.get(i);
            if (who.equals(record.device()) && record.fault() != null && record.fault().code() == DmaRow.faultCode(result)) {
                return record.fault();
            }
        }
        return null;
    }

    /** The bytes to write, or room for those to read. */
    abstract byte[] data();

    abstract boolean reads();

    abstract int access(DmaPort port, long at, byte[] data);

    /** Shows people the bytes that the device got. */
    private static void show(Console console, DmaRow row) throws IOException {
        console.remark("");
        for (int from = 0; from < row.data().length; from += LINE) {
            byte[] line = Arrays.copyOfRange(row.data(), from, Math.min(row.data().length, from + LINE));
            String text = new String(line, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".");
            console.remark(String.format("%s  %-47s  |%s|", Hex.padded(row.iova() + from), HexFormat.ofDelimiter(" ").formatHex(line), text));
        }
    }
}
