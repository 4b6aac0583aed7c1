// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.HexFormat;

import org.sluice.api.Fault;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.machine.DeviceId;
import org.sluice.shell.render.Schema;

/**
 * One access of a device to memory, and what became of it.
 *
 * @param result as {@link DmaPort} has it
 * @param fault as the unit recorded it, or null
 * @param data bytes that were read, in the order of memory; null if none were to be
 */
public record DmaRow(DeviceId device, int pasid, long iova, int bytes, int result, Fault fault, byte[] data) {
    public static final Schema<DmaRow> SCHEMA = Schema.of(DmaRow.class)
            .text("device", DmaRow::device)
            .number("pasid", DmaRow::pasid, d -> d.pasid != TranslationRequest.NO_PASID)
            .address("iova", DmaRow::iova)
            .number("bytes", DmaRow::bytes)
            .text("result", DmaRow::resultWord)
            .text("fault", d -> d.fault == null ? null : d.fault.name())
            .code("faultCode", DmaRow::faultCode, d -> d.result < 0)
            .text("reason", DmaRow::reason)
            .jsonOnly()
            .text("data", d -> d.hasData() ? HexFormat.of().formatHex(d.data) : null)
            .build();

    /** Whether it did what a device does it for: it reached memory, or raised an interrupt. */
    public boolean arrived() {
        return result == DmaPort.OK || result == DmaPort.INTERRUPT;
    }

    /** Whether the device got bytes: those of memory, or all ones where nothing answers. */
    public boolean hasData() {
        return data != null && (result == DmaPort.OK || result == DmaPort.NO_MEMORY);
    }

    /** The vendor's number of the fault that a result is, if it is negative. */
    public static int faultCode(int result) {
        return -1 - result;
    }

    private int faultCode() {
        return faultCode(result);
    }

    private String resultWord() {
        return switch (result) {
            case DmaPort.OK -> "done";
            case DmaPort.INTERRUPT -> "interrupt";
            case DmaPort.BLOCKED -> "blocked";
            case DmaPort.NO_MEMORY -> "no-memory";
            default -> "fault";
        };
    }

    private String reason() {
        return switch (result) {
            case DmaPort.OK -> "";
            case DmaPort.INTERRUPT -> "it raised an interrupt; no memory was written";
            case DmaPort.BLOCKED -> "nothing serves the unit, or it is held: no DMA passes; unit-list tells why";
            case DmaPort.NO_MEMORY -> "no memory answers there";
            default -> fault == null ? "the unit refuses it and has recorded nothing; table-walk -v shows where it ends" : fault.meaning();
        };
    }
}
