// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.List;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.ReservedRange;

/**
 * Decodes one unit from memory and registers alone, whoever wrote them. Never throws for bad structures: each has an answer
 * (a fault, a defect, or unknown with the missing address). Not thread-safe: one inspector serves one work at a time.
 */
@ConsumerType
public interface Inspector {
    /** Every requester that the unit's structures know, in ascending order, with the address of its entry. */
    void contexts(Consumer<RequesterContext> out);

    /** What the structures say of one requester; {@code pasid} may be {@link TranslationRequest#NO_PASID}. */
    RequesterContext context(DeviceId device, int pasid);

    /** One translation as the architecture prescribes it; with {@code steps} each structure read is told. */
    TranslationReport translate(TranslationRequest request, boolean steps);

    /** What becomes of a message. */
    InterruptReport remapInterrupt(InterruptRequest request, boolean steps);

    /**
     * Looks for defects.
     *
     * @param device only what concerns this requester, or null for everything
     */
    void verify(DeviceId device, DefectSink out);

    /** Input ranges that the architecture itself takes away from every requester of this unit. */
    default List<ReservedRange> reservedRanges() {
        return List.of();
    }

    /** Registers by offset, decoded. */
    List<RegisterValue> registers();

    /** Queues and logs, decoded. */
    List<QueueEntry> queues();

    /** Faults recorded by the unit. */
    List<FaultRecord> faults();
}
