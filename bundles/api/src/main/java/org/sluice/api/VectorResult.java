// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.DeviceId;

/**
 * How one vector came out.
 *
 * @param name the vector's {@code case}
 * @param output only if mapped
 * @param fault name; {@code none-recorded} for a refusal that left no record, null if mapped or unknown
 * @param faultCode the vendor's number, or {@link Fault#NO_CODE}
 * @param event words of the fault record; empty if there is none
 * @param agrees whether it is what the vector expects
 * @param expected what the vector expects, in a line
 * @param quirk id of the known difference between the vector's witness and the architecture, or null
 * @param clause what the vector rests on, or null if it does not say
 * @param witness who saw the expected result, or null if it does not say
 */
public record VectorResult(String name, DeviceId device, Access access, long iova, Result result, long output, String fault, int faultCode,
        List<Long> event, boolean agrees, String expected, String quirk, String clause, String witness) {
}
