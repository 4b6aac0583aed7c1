// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.model;

import org.sluice.api.Permissions;
import org.sluice.backend.none.layout.None;
import org.sluice.backend.none.layout.NoneFault;
import org.sluice.backend.none.lookup.PermitLookup;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitModel;

/** The unit itself. It caches nothing, so there is nothing to invalidate. Thread-safe. */
public final class NoneModel implements UnitModel {
    private final RegisterFile registers = new RegisterFile(None.REGISTER_BYTES)
            .define64(None.CONTROL.offset(), 0, None.ON.put(1), 0)
            .define64(None.PERMIT_BASE.offset(), 0, None.BASE.put(-1L), 0)
            .define64(None.FAULT.offset(), 0, 0, None.FAULT_VALID.put(1))
            .define64(None.FAULT_ADDRESS.offset(), 0, 0, 0);
    private final PermitLookup lookup;

    public NoneModel(PhysicalMemory memory) {
        lookup = new PermitLookup(memory, registers);
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        int found = lookup.find(requester);
        if (found == PermitLookup.PASSES) {
            return PASS_THROUGH;
        }
        // A live machine has all its memory: what an image would lack is an access error here.
        NoneFault fault = found == PermitLookup.BLOCKED ? NoneFault.BLOCKED
                : found == PermitLookup.BEYOND ? NoneFault.REQUESTER_BEYOND_TABLE : NoneFault.TABLE_ACCESS;
        record(requester, iova, permission, fault);
        return -1L - fault.code();
    }

    /** The first fault stays until software clears it. */
    private void record(int requester, long iova, int permission, NoneFault fault) {
        synchronized (registers) {
            if (None.FAULT_VALID.get(registers.read64(None.FAULT.offset())) == 0) {
                registers.set64(None.FAULT_ADDRESS.offset(), iova);
                registers.set64(None.FAULT.offset(), None.FAULT_REQUESTER.put(requester) | None.FAULT_CODE.put(fault.code())
                        | None.FAULT_WRITE.put(permission == Permissions.WRITE ? 1 : 0) | None.FAULT_VALID.put(1));
            }
        }
    }
}
