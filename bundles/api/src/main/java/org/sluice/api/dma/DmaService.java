// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.dma;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;

/** Gives devices their way to memory. Thread-safe. {@code UNSUPPORTED} for machines whose units can only be read. */
@ProviderType
public interface DmaService {
    /** @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID} */
    DmaPort port(Machine machine, DeviceId device, int pasid);
}
