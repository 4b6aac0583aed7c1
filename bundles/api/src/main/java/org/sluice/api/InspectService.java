// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.machine.DeviceId;

/**
 * Reads what the IOMMUs of a machine do. Read-only and thread-safe. Bad tables are answers, not exceptions;
 * {@link org.sluice.machine.IommuException} is thrown for an unknown unit or device and where no backend reads a unit.
 *
 * <p>Where a method takes a consumer, results come in a stable order and an exception of the consumer ends the work.
 */
@ProviderType
public interface InspectService {
    /** Registers of a unit by offset, decoded; {@code unit} is its index or name. */
    List<RegisterValue> registers(Machine machine, String unit);

    /** Queues and logs of a unit, decoded. */
    List<QueueEntry> queues(Machine machine, String unit);

    /** Faults recorded by all units. */
    List<FaultRecord> faults(Machine machine);

    /** Every requester that tables or firmware know, by device and PASID. */
    void devices(Machine machine, Progress progress, Consumer<DeviceSummary> out);

    /** Mappings of one device, or of all if {@code device} is null, merged; the result tells what could not be read. */
    Coverage mappings(Machine machine, DeviceId device, int pasid, Progress progress, Consumer<Mapping> out);

    /** A picture of one requester's input addresses, from low to high; nothing if it has no tables. */
    List<SpaceBand> picture(Machine machine, DeviceId device, int pasid);

    /** One translation; with {@code steps} the report tells each structure read. */
    TranslationReport translate(Machine machine, TranslationRequest request, boolean steps);

    /** What becomes of a message. */
    InterruptReport remapInterrupt(Machine machine, InterruptRequest request, boolean steps);

    /** Defects of the structures of one device, or of all if {@code device} is null. */
    Coverage verify(Machine machine, DeviceId device, Progress progress, Consumer<Defect> out);

    /** Where the mappings of two machines differ. */
    Coverage diff(Machine left, Machine right, Progress progress, Consumer<Difference> out);

    /** Ranges not free for DMA, by device and start. */
    List<Region> regions(Machine machine);

    /**
     * How much of the structures could be read.
     *
     * @param items things looked at: leaves, entries, or mappings compared
     * @param unknown physical addresses of tables that the image does not hold, at most a hundred of them
     * @param unknownCount how many there were
     */
    record Coverage(long items, List<Long> unknown, long unknownCount) {
    }
}
