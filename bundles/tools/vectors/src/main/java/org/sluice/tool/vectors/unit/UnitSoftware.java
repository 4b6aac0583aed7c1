// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.List;
import java.util.Map;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Software of one unit that knows it through registers and memory alone, be that a model or a running machine. Not thread-safe. */
public interface UnitSoftware {
    /**
     * Puts these structures in use: the unit forgets what it knew, and translates. Registers that are not named have their fixed
     * values.
     *
     * @param registers values of the registers that name structures, by name; others are passed over
     */
    void use(Map<String, Long> registers);

    /**
     * Puts a request to a unit that has no structures in memory.
     *
     * @return its status, or -1 if the unit gave the request back untouched
     */
    default int send(byte[] request) {
        throw new IommuException(Reason.UNSUPPORTED, "units of this type take no requests");
    }

    /** Lets every address out unchanged. */
    void open();

    /** Makes the unit forget what a changed entry of a requester said. */
    void forgetRequester(int requester, int domain);

    /** Makes the unit forget all translations of a domain. */
    void forgetDomain(int domain);

    /** Makes the unit forget the translations of {@code 2^order} pages of 4 KiB. */
    void forgetPages(int domain, long iova, int order);

    /** Takes the fault records out of the unit, oldest first, 64-bit words. */
    List<long[]> records();

    /** The vendor's fault code in a record. */
    int code(long[] record);
}
