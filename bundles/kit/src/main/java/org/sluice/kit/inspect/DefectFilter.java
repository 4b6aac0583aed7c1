// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Passes everything on; subclasses hold back or change what they override. */
public class DefectFilter implements DefectSink {
    private final DefectSink out;

    protected DefectFilter(DefectSink out) {
        this.out = out;
    }

    /**
     * What is wrong between one requester and others that were looked at only for its sake: its own defects of the kinds given. What
     * the others' structures lack does not matter.
     */
    public static DefectSink between(DeviceId device, Set<String> kinds, DefectSink out) {
        return new DefectFilter(out) {
            @Override
            public void defect(Defect defect) {
                if (device.equals(defect.device()) && kinds.contains(defect.defect())) {
                    super.defect(defect);
                }
            }

            @Override
            public void unknown(long address) {
                // Only what this requester's own tables lack matters here.
            }
        };
    }

    @Override
    public void defect(Defect defect) {
        out.defect(defect);
    }

    @Override
    public void unknown(long address) {
        out.unknown(address);
    }

    @Override
    public void looked(long entries) {
        out.looked(entries);
    }
}
