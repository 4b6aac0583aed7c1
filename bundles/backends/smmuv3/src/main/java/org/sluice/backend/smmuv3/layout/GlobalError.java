// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import org.sluice.api.Fault;
import org.sluice.kit.layout.LayoutBuilder;

/** Global errors (SMMU_GERROR, section 7.5) by the number of their bit. */
public enum GlobalError {
    CMDQ_ERR(0, "a command failed"),
    EVENTQ_ABT_ERR(2, "an event could not be written"),
    PRIQ_ABT_ERR(3, "a page request could not be written"),
    MSI_CMDQ_ABT_ERR(4, "the message of a SYNC could not be written"),
    MSI_EVENTQ_ABT_ERR(5, "the message of the event queue could not be written"),
    MSI_PRIQ_ABT_ERR(6, "the message of the page request queue could not be written"),
    MSI_GERROR_ABT_ERR(7, "the message of global errors could not be written"),
    SFM_ERR(8, "service failure mode"),
    CMDQP_ERR(9, "an enhanced command queue failed"),
    DPT_ERR(10, "device permission table");

    private final Fault fault;

    GlobalError(int bit, String meaning) {
        fault = new Fault(name(), bit, meaning, Smmu.SPECIFICATION + "section 7.5, GERROR bit " + bit);
    }

    public Fault fault() {
        return fault;
    }

    static LayoutBuilder fields(LayoutBuilder b) {
        for (GlobalError error : values()) {
            b.flag(error.name(), error.fault.code(), error.fault.meaning());
        }
        return b;
    }
}
